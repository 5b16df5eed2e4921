import { describe, expect, it } from 'vitest';
import { onStream } from '../../src/core/ports/network.js';
import { workerEndpoints } from '../../src/rpc/endpoints.js';
import { GrpcLane } from '../../src/transfer/grpcLane.js';
import { defaultLaneLimits } from '../../src/transfer/laneLimits.js';
import { type LaneUnderTest, laneContract, laneContractPages } from '../contract/laneContract.js';
import { deferred, useNetwork } from '../rpc/echo.js';
import { HeapSlab } from '../support/heapSlab.js';
import { servedNamespace, servePageCalls } from '../support/servedPageCalls.js';
import { StubPageHost } from '../support/stubPageHost.js';
import { emptyPage, fillPage, pageId, sealedPage } from '../support/testPages.js';

/** No multiple of a part. */
const halfBytes = 10_000;
const partBytes = 4096;
const limits = { ...defaultLaneLimits, window: 8 };
const lanesOptions = { namespace: servedNamespace, halfBytes, call: {}, limits };

function newHost(bytes = halfBytes): StubPageHost {
  return new StubPageHost(new HeapSlab(laneContractPages * 2 * bytes), bytes);
}

async function open(parts: { halfBytes?: number; partBytes?: number }): Promise<LaneUnderTest> {
  const host = newHost(parts.halfBytes);
  const served = await servePageCalls(host);
  const lane = GrpcLane.open(served.peer, { ...lanesOptions, ...parts });
  const dispose = async (): Promise<void> => {
    await lane.close();
    await served.close();
  };
  return { lane, host, cut: () => void served.server.close(0), dispose };
}

laneContract('gRPC', () => open({}));
laneContract('gRPC in parts', () => open({ partBytes }));
// The first part of each half is bulk (rpc/bulkField.ts), the second is not.
laneContract('gRPC in large parts', () => open({ halfBytes: 30_000, partBytes: 20_000 }));

describe('a gRPC lane', () => {
  const connect = useNetwork();

  it('is counted where it is served, while it is open and when it is gone', async () => {
    const host = newHost();
    const { peer, calls, gone, close } = await servePageCalls(host);
    const lane = GrpcLane.open(peer, { ...lanesOptions, partBytes });
    await lane.put(sealedPage(1, halfBytes));
    await lane.put(sealedPage(2, halfBytes));
    await lane.put(sealedPage(2, halfBytes)); // is there already
    await lane.get(pageId(1), emptyPage(halfBytes));
    const bytes = 2 * halfBytes;
    const moved = {
      kind: 'grpc',
      inPages: 2,
      inBytes: 2 * bytes,
      outPages: 1,
      outBytes: bytes,
      lentSlots: 0,
    };
    expect(calls.figures()).toEqual([{ ...moved, peer: expect.stringContaining('127.0.0.1:') }]);
    await lane.close();
    await expect.poll(() => calls.figures()).toEqual([]);
    expect(gone).toMatchObject([moved]);
    await close();
  });

  it('stops sending a page that nobody waits for, and goes on', async () => {
    const sent: number[] = [];
    const answer = deferred<void>();
    const { peer } = await connect([
      onStream(workerEndpoints.putPages, async (stream) => {
        let page = null;
        let bytes = 0;
        for await (const message of stream) {
          page ??= message.page;
          bytes += message.data.length;
          if (bytes === message.data.length && sent.length === 0) await answer.promise;
          if (message.more) continue;
          sent.push(bytes);
          await stream.send({
            page,
            outcome: bytes === 2 * largeBytes ? 'stored' : 'corrupt',
            reason: 'short',
          });
          page = null;
          bytes = 0;
        }
      }),
    ]);
    const largeBytes = 64 * 2 ** 20; // more than the windows between the two take
    const lane = GrpcLane.open(peer, { ...lanesOptions, halfBytes: largeBytes });
    const controller = new AbortController();
    const page = { ...sealedPage(1, 8), view: emptyPage(largeBytes) };
    const put = lane.put(page, controller.signal);
    setTimeout(() => controller.abort(new Error('never mind')), 300);
    await expect(put).rejects.toThrow('never mind');
    answer.resolve();
    expect(await lane.put(page)).toEqual({ kind: 'stored' });
    expect(sent[0]).toBeLessThan(2 * largeBytes);
    expect(sent.slice(1)).toEqual([2 * largeBytes]);
    await lane.close();
  });

  it('stops sending a page that is answered', async () => {
    const sent = deferred<number>();
    const known = deferred<void>();
    const largeBytes = 64 * 2 ** 20;
    const { peer } = await connect([
      onStream(workerEndpoints.putPages, async (stream) => {
        let bytes = 0;
        for await (const { page, data, more } of stream) {
          if (bytes === 0) {
            await stream.send({ page, outcome: 'present' });
            await known.promise; // what lies between the two holds less than the page
          }
          bytes += data.length;
          if (!more) sent.resolve(bytes);
        }
      }),
    ]);
    const lane = GrpcLane.open(peer, { ...lanesOptions, halfBytes: largeBytes });
    const page = { ...sealedPage(1, 8), view: emptyPage(largeBytes) };
    expect(await lane.put(page)).toEqual({ kind: 'present' });
    known.resolve();
    expect(await sent.promise).toBeLessThan(2 * largeBytes);
    await lane.close();
  });

  it.each([
    ['the page of another layer', { page: { block: Buffer.alloc(32, 0xab), layer: 9 }, outcome: 'miss' }],
    ['a word it does not know', { page: null, outcome: 'perhaps' }],
    ['a hit without a checksum', { page: null, outcome: 'hit' }],
  ])('is closed by %s as an answer', async (_, answer) => {
    const { peer } = await connect([
      onStream(workerEndpoints.getPages, async (stream) => {
        for await (const { page } of stream) await stream.send({ ...answer, page: answer.page ?? page });
      }),
    ]);
    const lane = GrpcLane.open(peer, lanesOptions);
    expect((await lane.get(pageId(1), emptyPage(halfBytes))).kind).toBe('unavailable');
    expect(lane.isOpen).toBe(false);
    expect((await lane.put(sealedPage(1, halfBytes))).kind).toBe('unavailable');
  });

  it.each([-1, 1])('says corrupt where %d bytes more came than a page has', async (more) => {
    const data = Buffer.alloc(2 * halfBytes + more);
    const { peer } = await connect([
      onStream(workerEndpoints.getPages, async (stream) => {
        for await (const { page } of stream) {
          await stream.send({ page, outcome: 'hit', checksum: Buffer.alloc(8), data, more: true });
          await stream.send({ more: false });
        }
      }),
    ]);
    const lane = GrpcLane.open(peer, lanesOptions);
    const into = emptyPage(halfBytes);
    const reason = expect.stringContaining(String(data.length));
    expect(await lane.get(pageId(1), into)).toEqual({ kind: 'corrupt', reason });
    expect(await lane.get(pageId(1), into)).toEqual({ kind: 'corrupt', reason });
    expect(lane.isOpen).toBe(true);
    await lane.close();
  });

  it('takes parts that are cut anywhere', async () => {
    const { view, checksum } = sealedPage(5, halfBytes);
    const bytes = Buffer.concat([view.k, view.v]);
    const checksumBytes = Buffer.alloc(8);
    checksumBytes.writeBigUInt64BE(checksum);
    const { peer } = await connect([
      onStream(workerEndpoints.getPages, async (stream) => {
        for await (const { page } of stream) {
          const first = { page, outcome: 'hit', checksum: checksumBytes };
          await stream.send({ ...first, data: bytes.subarray(0, 3), more: true });
          await stream.send({ data: bytes.subarray(3, halfBytes + 5), more: true });
          await stream.send({ more: true });
          await stream.send({ data: bytes.subarray(halfBytes + 5) });
        }
      }),
    ]);
    const lane = GrpcLane.open(peer, lanesOptions);
    const into = emptyPage(halfBytes);
    expect((await lane.get(pageId(5), into)).kind).toBe('hit');
    const right = emptyPage(halfBytes);
    fillPage(right, 5);
    expect(Buffer.compare(into.k, right.k) || Buffer.compare(into.v, right.v)).toBe(0);
    await lane.close();
  });
});
