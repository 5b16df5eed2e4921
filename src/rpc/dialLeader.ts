import type { Clock } from '../core/ports/clock.js';
import type { Network, Peer } from '../core/ports/network.js';
import { LeaderPeer } from './leaderPeer.js';

/**
 * The coordinator that leads, over connections of its own.
 * @param addresses host:port of coordinators, with commas between them.
 */
export function dialLeader(
  network: Network,
  addresses: string,
  timing: Pick<Clock, 'monotonicMs' | 'setTimer'>,
): Peer {
  const peers = new Map<string, Peer>();
  return new LeaderPeer({
    addresses: addresses.split(','),
    timing,
    at: (address) => {
      const known = peers.get(address) ?? network.dial(address);
      peers.set(address, known);
      return known;
    },
    close: () => {
      for (const peer of peers.values()) peer.close();
    },
  });
}
