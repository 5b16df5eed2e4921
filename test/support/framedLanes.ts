import { systemClock } from '../../src/observe/systemClock.js';
import { FramedLane } from '../../src/transfer/framedLane.js';
import { defaultLaneLimits, type LaneLimits } from '../../src/transfer/laneLimits.js';
import { LaneLink } from '../../src/transfer/laneLink.js';
import { LaneServer, type LaneServerOptions } from '../../src/transfer/laneServer.js';
import { laneTarget } from '../../src/transfer/openLane.js';
import type { PageHost } from '../../src/transfer/pageHost.js';
import { SharedLane } from '../../src/transfer/sharedLane.js';

/** Not a multiple of anything. */
export const testHalfBytes = 300_007;

const peer = '127.0.0.1:4600';

export function startLanes(
  host: PageHost,
  {
    limits,
    ...options
  }: Partial<Omit<LaneServerOptions, 'limits'>> & { readonly limits?: Partial<LaneLimits> } = {},
): Promise<LaneServer> {
  return LaneServer.start({
    host,
    halfBytes: testHalfBytes,
    layers: { from: 0, to: 8 },
    clock: systemClock,
    listen: { tcpHost: '127.0.0.1', unix: true },
    ...options,
    limits: { ...defaultLaneLimits, ...limits },
  });
}

export function linkTo(
  server: LaneServer,
  kind: 'tcp' | 'unix',
  limits = defaultLaneLimits,
): Promise<LaneLink> {
  const { ticket, offers } = server.issue({ tenant: 'acme', name: 'tester', sameHost: true });
  const { address } = offers.find((offer) => offer.kind === kind)!;
  return LaneLink.open({ target: laneTarget(address, peer), peer, ticket, clock: systemClock, limits });
}

/** Over a connection to a server with the extension for it. */
export async function openSharedLane(server: LaneServer): Promise<SharedLane> {
  return SharedLane.attach(await linkTo(server, 'unix'), testHalfBytes);
}

export async function openFramedLane(
  server: LaneServer,
  kind: 'tcp' | 'unix',
  halfBytes = testHalfBytes,
): Promise<FramedLane> {
  return new FramedLane(kind, await linkTo(server, kind), halfBytes);
}
