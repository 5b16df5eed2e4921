import { MappedSharedSlab } from '../../src/memory/mappedSharedSlab.js';
import { systemClock } from '../../src/observe/systemClock.js';
import { pageChecksum } from '../../src/transfer/checksum.js';
import type { SealedPage } from '../../src/transfer/lane.js';
import type { LaneLimits } from '../../src/transfer/laneLimits.js';
import { defaultLaneLimits } from '../../src/transfer/laneLimits.js';
import { LaneLink } from '../../src/transfer/laneLink.js';
import { LaneServer } from '../../src/transfer/laneServer.js';
import { laneTarget } from '../../src/transfer/openLane.js';
import { sharedMemoryLanes } from '../../src/transfer/sharedMemoryLanes.js';
import { blockKeyOf } from '../tiers/tierFixtures.js';
import { SlabHost } from './slabHost.js';

export const halfBytes = 6000;
const slotBytes = 12_288;

/** What a child process needs to open a lane. */
export interface LaneInvitation {
  readonly address: string;
  readonly ticket: string;
  readonly halfBytes: number;
}

export interface SharedServer {
  readonly host: SlabHost;
  readonly slab: MappedSharedSlab;
  readonly server: LaneServer;
  readonly limits: LaneLimits;
  /** A ticket, and where to bring it. */
  invite(): LaneInvitation;
  /** A connection that has said hello. */
  link(): Promise<LaneLink>;
  close(): Promise<void>;
}

/** A server of pages in a shared slab, on a unix socket. */
export async function startSharedServer(
  slots: number,
  changed: Partial<LaneLimits> = {},
  hasArena = true,
): Promise<SharedServer> {
  const limits = { ...defaultLaneLimits, segmentBytes: 4 * slotBytes, ...changed };
  const slab = MappedSharedSlab.create({ slots, slotBytes });
  const host = new SlabHost(slab, halfBytes);
  host.isPrivate = !hasArena;
  const server = await LaneServer.start({
    host,
    halfBytes,
    layers: { from: 0, to: 8 },
    clock: systemClock,
    limits,
    listen: { tcpHost: '127.0.0.1', unix: true },
    extensions: [sharedMemoryLanes(hasArena ? slab : null)],
  });
  const links: LaneLink[] = [];
  const issue = () => server.issue({ tenant: 'default', name: 'test', sameHost: true });
  return {
    host,
    slab,
    server,
    limits,
    invite() {
      const { ticket, offers } = issue();
      return { address: offers[0]!.address, ticket: Buffer.from(ticket).toString('hex'), halfBytes };
    },
    async link() {
      const { ticket, offers } = issue();
      const target = laneTarget(offers[0]!.address, '127.0.0.1:1');
      const link = await LaneLink.open({ target, peer: 'peer', ticket, clock: systemClock, limits });
      links.push(link);
      return link;
    },
    async close() {
      await Promise.all(links.map((link) => link.close()));
      await server.close();
      slab.close();
    },
  };
}

/** A page with bytes of its own. */
export function pageOf(block: number): SealedPage {
  const half = (salt: number) =>
    Uint8Array.from({ length: halfBytes }, (_, at) => (at * 7 + block * 31 + salt) % 251);
  const view = { k: half(1), v: half(2) };
  return {
    id: { block: blockKeyOf(block), layer: 3 },
    blockIndex: block,
    checksum: pageChecksum(view),
    view,
  };
}

/** Looks until it is so. */
export async function until(isSo: () => boolean, timeoutMs = 5000): Promise<number> {
  const startMs = performance.now();
  while (!isSo()) {
    if (performance.now() - startMs > timeoutMs) throw new Error(`not so within ${timeoutMs} ms: ${isSo}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  return performance.now() - startMs;
}
