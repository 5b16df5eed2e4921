import { afterEach, describe, expect, it } from 'vitest';
import { KvError } from '../../src/core/errors.js';
import { workerEndpoints } from '../../src/rpc/endpoints.js';
import { SimulatedClock } from '../../src/simulate/simulatedClock.js';
import { pageMessage, writeChecksum } from '../../src/transfer/pageFields.js';
import { GetPagesCall } from '../../src/worker/getPagesCall.js';
import { PageNaming } from '../../src/worker/pageNaming.js';
import { deferred } from '../rpc/echo.js';
import { HeapSlab } from '../support/heapSlab.js';
import {
  type ServeOptions,
  servedNamespace,
  servedRange,
  servePageCalls,
} from '../support/servedPageCalls.js';
import { StubPageHost } from '../support/stubPageHost.js';
import { fillPage, pageId, sealedPage } from '../support/testPages.js';

const { getPages } = workerEndpoints;

describe('GetPages', () => {
  const closers: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const close of closers.splice(0)) await close();
  });
  const open = async (options: ServeOptions = {}, halfBytes = 6_000) => {
    const host = new StubPageHost(new HeapSlab(4 * 2 * halfBytes), halfBytes);
    for (const number of [1, 2, 3, 4]) {
      host.store(pageId(number), 1000 + number, (view) => fillPage(view, number));
    }
    const { peer, close } = await servePageCalls(host, options);
    closers.push(close);
    const stream = peer.stream(getPages);
    const answers = stream[Symbol.asyncIterator]();
    const answer = async () => (await answers.next()).value;
    return { host, stream, answer };
  };
  const ask = (number: number, partBytes = 0) => ({
    namespace: servedNamespace,
    page: pageMessage(pageId(number)),
    partBytes,
  });

  it('gives a page whole, with all that it is known by', async () => {
    const { host, stream, answer } = await open();
    await stream.send(ask(2));
    const { view, checksum, blockIndex } = sealedPage(2, 6_000);
    expect(await answer()).toMatchObject({
      page: pageMessage(pageId(2)),
      outcome: 'hit',
      checksum: writeChecksum(checksum),
      blockIndex,
      k: Buffer.from(view.k),
      v: Buffer.from(view.v),
      more: false,
    });
    await expect.poll(() => host.held).toBe(0);
  });

  it('gives a page in parts of at most the size that was asked for', async () => {
    const { stream, answer } = await open();
    await stream.send(ask(2, 4096));
    await stream.send(ask(3, 4096));
    for (const number of [2, 3]) {
      const { view, checksum, blockIndex } = sealedPage(number, 6_000);
      const parts = [await answer(), await answer(), await answer(), await answer()];
      expect(parts[0]).toMatchObject({
        page: pageMessage(pageId(number)),
        outcome: 'hit',
        checksum: writeChecksum(checksum),
        blockIndex,
      });
      expect(parts.map((part) => part?.more)).toEqual([true, true, true, false]);
      expect(parts.map((part) => part?.data.length)).toEqual([4096, 1904, 4096, 1904]);
      expect(parts.slice(1).map((part) => part?.outcome)).toEqual(['', '', '']);
      const bytes = Buffer.concat(parts.map((part) => part?.data ?? Buffer.alloc(0)));
      expect(bytes.equals(Buffer.concat([view.k, view.v]))).toBe(true);
    }
  });

  it.each([
    ['another namespace', { namespace: 'b'.repeat(64) }, /namespace/],
    ['no page', { page: null }, /named by a block key/],
    [
      'a layer of another worker',
      { page: { block: Buffer.alloc(32), layer: 1 } },
      /layer 1 is not served here/,
    ],
    ['tiny parts', { partBytes: 1 }, /parts of 1 bytes are too small/],
  ])('ends the stream at %s, after the answers to what came before', async (_, wrong, message) => {
    const { host, stream, answer } = await open();
    await stream.send(ask(1));
    await stream.send({ ...ask(2), ...wrong });
    expect(await answer()).toMatchObject({ outcome: 'hit' });
    await expect(answer()).rejects.toMatchObject({
      kind: 'invalid',
      message: expect.stringMatching(message),
    });
    expect(host.held).toBe(0);
  });

  it('works on several pages at once, up to its bound, and answers in order', async () => {
    const { host, stream, answer } = await open({ pagesInWorkMax: 3 });
    const first = deferred<void>();
    const asked: string[] = [];
    host.onBorrow = (id) => {
      asked.push(id.block);
      return asked.length === 1 ? first.promise.then(() => host.lend(id)) : undefined;
    };
    for (const number of [1, 2, 3, 4]) await stream.send(ask(number));
    await expect.poll(() => asked.length).toBe(3);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(asked).toEqual([1, 2, 3].map((number) => pageId(number).block));
    first.resolve();
    for (const number of [1, 2, 3, 4]) expect((await answer())?.page).toEqual(pageMessage(pageId(number)));
    await expect.poll(() => host.held).toBe(0);
  });

  it('answers failed where borrowing throws, which is a bug, and goes on', async () => {
    const { host, stream, answer } = await open();
    host.onBorrow = () => Promise.reject(new Error('a bug'));
    await stream.send(ask(1));
    await stream.send(ask(1));
    expect(await answer()).toMatchObject({ outcome: 'failed', reason: 'a bug' });
    expect((await answer())?.outcome).toBe('failed');
    host.onBorrow = () => undefined;
    await stream.send(ask(1));
    expect((await answer())?.outcome).toBe('hit');
  });

  it('gives back what is lent when the caller is gone, and tells the host', async () => {
    const { host, stream } = await open();
    const gate = deferred<void>();
    const aborted = deferred<void>();
    host.onBorrow = (id, signal) => {
      signal.addEventListener('abort', () => aborted.resolve());
      return id.block === pageId(1).block ? gate.promise.then(() => host.lend(id)) : undefined;
    };
    for (const number of [1, 2, 3]) await stream.send(ask(number));
    await expect.poll(() => host.held).toBe(2);
    stream.fail(new KvError('cancelled', 'gone'));
    await aborted.promise;
    gate.resolve();
    await expect.poll(() => host.held).toBe(0);
  });

  it('ends the stream of a caller who does not take a page, and takes it back', async () => {
    const { host, stream } = await open({ pageStallMs: 100 }, 20 * 2 ** 20); // more than the windows take
    for (const number of [1, 2, 3, 4]) await stream.send(ask(number, 65_536));
    await expect.poll(() => host.held).toBeGreaterThan(0);
    await expect.poll(() => host.held, { timeout: 10_000 }).toBe(0);
    await expect(
      (async () => {
        for await (const _ of stream);
      })(),
    ).rejects.toMatchObject({ kind: 'timedOut' });
  });

  it('ends the stream of a caller who takes no answer without a page, and takes back what waits behind it', async () => {
    const answer = deferred<void>();
    const host = new StubPageHost(new HeapSlab(4 * 2 * 64), 64);
    host.store(pageId(1), 7, (view) => fillPage(view, 1));
    const clock = new SimulatedClock();
    const limits = { pagesInWorkMax: 4, pageStallMs: 100 };
    const asked = [2, 1].map((number) => ({ protocol: null, ...ask(number) }));
    const stream = {
      async *[Symbol.asyncIterator]() {
        yield* asked;
      },
      send: () => answer.promise, // the peer takes nothing
      fail: (cause: KvError) => answer.reject(cause),
    };
    const naming = new PageNaming(servedNamespace, servedRange);
    const figures = { outPages: 0, outBytes: 0, inPages: 0, inBytes: 0 };
    const call = new GetPagesCall({ host, naming, clock, limits }, stream as never, figures);
    const ended = call.run(new AbortController().signal);
    await expect.poll(() => host.held).toBe(1);
    await clock.advance(100);
    await expect.poll(() => host.held).toBe(0);
    await ended;
  });
});
