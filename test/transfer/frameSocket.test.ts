import { describe, expect, it } from 'vitest';
import { SimulatedClock } from '../../src/simulate/simulatedClock.js';
import { encodeHeader } from '../../src/transfer/laneFrame.js';
import { laneOps } from '../../src/transfer/laneOps.js';
import { startLanes, testHalfBytes } from '../support/framedLanes.js';
import { HeapSlab } from '../support/heapSlab.js';
import { RawLane } from '../support/rawLane.js';
import { StubPageHost } from '../support/stubPageHost.js';
import { fillPage, pageId, sealedPage } from '../support/testPages.js';

describe('FrameSocket', () => {
  it('writes nothing more into the room of a page that took too long', async () => {
    const clock = new SimulatedClock();
    const host = new StubPageHost(new HeapSlab(8 * 2 * testHalfBytes), testHalfBytes);
    const server = await startLanes(host, { limits: { frameMs: 5000 }, clock });
    const raw = await RawLane.greeted(server);
    const put = { op: laneOps.put, ...pageId(2), payloadBytes: 2 * testHalfBytes };
    raw.send(encodeHeader(put), Buffer.alloc(10));
    await expect.poll(() => host.held).toBe(1);
    await clock.advance(1000);
    raw.socket.pause(); // it does not see that the server has ended
    await clock.advance(5000);
    await expect.poll(() => [host.held, host.abandoned]).toEqual([0, 1]);
    host.store(pageId(3), 0, (view) => fillPage(view, 3)); // where the other one would have been
    raw.send(Buffer.alloc(1000, 0xee));
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(Buffer.compare(host.stored(pageId(3)).k, sealedPage(3, testHalfBytes).view.k)).toBe(0);
    await server.close();
  });
});
