import { MappedSharedSlab } from '../../src/memory/mappedSharedSlab.js';
import { isShared, type Slab } from '../../src/memory/slab.js';
import { sharedMemoryLanes } from '../../src/transfer/sharedMemoryLanes.js';
import { type LaneUnderTest, laneContract, laneContractPages } from '../contract/laneContract.js';
import { openSharedLane, startLanes, testHalfBytes } from '../support/framedLanes.js';
import { HeapSlab } from '../support/heapSlab.js';
import { StubPageHost } from '../support/stubPageHost.js';

const slotBytes = 602_112;

async function open(slab: Slab, segmentSlots: number): Promise<LaneUnderTest> {
  const host = new StubPageHost(slab, testHalfBytes);
  const extensions = [sharedMemoryLanes(isShared(slab) ? slab : null)];
  const server = await startLanes(host, { extensions, limits: { segmentBytes: segmentSlots * slotBytes } });
  const lane = await openSharedLane(server);
  return {
    lane,
    host,
    cut: () => void server.close(),
    dispose: async () => {
      await lane.close();
      await server.close();
      slab.close();
    },
  };
}

const arena = () => MappedSharedSlab.create({ slots: laneContractPages, slotBytes });
const elsewhere = () => new HeapSlab(laneContractPages * 2 * testHalfBytes);

laneContract('shared memory', () => open(arena(), 16));
laneContract('shared memory, pages of which lie elsewhere', () => open(elsewhere(), 16));
laneContract('shared memory with a segment for two pages', () => open(elsewhere(), 2));
