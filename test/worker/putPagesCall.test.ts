import { afterEach, describe, expect, it } from 'vitest';
import { KvError } from '../../src/core/errors.js';
import type { PageId } from '../../src/core/pageId.js';
import { workerEndpoints } from '../../src/rpc/endpoints.js';
import { pageMessage, writeChecksum } from '../../src/transfer/pageFields.js';
import { deferred } from '../rpc/echo.js';
import { HeapSlab } from '../support/heapSlab.js';
import { type ServeOptions, servedNamespace, servePageCalls } from '../support/servedPageCalls.js';
import { StubPageHost } from '../support/stubPageHost.js';
import { pageId, sealedPage } from '../support/testPages.js';

const halfBytes = 6_000;
const { putPages } = workerEndpoints;

describe('PutPages', () => {
  const closers: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const close of closers.splice(0)) await close();
  });
  const open = async (options?: ServeOptions) => {
    const host = new StubPageHost(new HeapSlab(8 * 2 * halfBytes), halfBytes);
    const { peer, close } = await servePageCalls(host, options);
    closers.push(close);
    const stream = peer.stream(putPages);
    const answers = stream[Symbol.asyncIterator]();
    const answer = async () => (await answers.next()).value;
    return { host, peer, stream, answer };
  };
  const head = (number: number) => {
    const { id, checksum, blockIndex } = sealedPage(number, halfBytes);
    return {
      namespace: servedNamespace,
      page: pageMessage(id),
      checksum: writeChecksum(checksum),
      blockIndex,
    };
  };
  const bytesOf = (number: number) => {
    const { view } = sealedPage(number, halfBytes);
    return Buffer.concat([view.k, view.v]);
  };
  const whole = (number: number) => {
    const { view } = sealedPage(number, halfBytes);
    return { ...head(number), k: view.k, v: view.v };
  };
  const sealOf = (host: StubPageHost, id: PageId) => {
    const lent = host.lend(id);
    if (lent.kind !== 'borrowed') throw new Error(`${lent.kind} is no page`);
    lent.loan.giveBack();
    return lent.loan;
  };

  it('takes pages whole and in parts, with their place in the sequence', async () => {
    const { host, stream, answer } = await open();
    await stream.send(whole(1));
    const bytes = bytesOf(2);
    await stream.send({ ...head(2), data: bytes.subarray(0, 1), more: true });
    await stream.send({ data: bytes.subarray(1, 9_000), more: true });
    await stream.send({ data: bytes.subarray(9_000) });
    await stream.send({ ...head(3), data: bytesOf(3) });
    for (const number of [1, 2, 3]) {
      expect(await answer()).toMatchObject({ page: pageMessage(pageId(number)), outcome: 'stored' });
      const { view, blockIndex } = sealOf(host, pageId(number));
      expect(Buffer.concat([view.k, view.v]).equals(bytesOf(number))).toBe(true);
      expect(blockIndex).toBe(1000 + number);
    }
    expect(host.held).toBe(0);
  });

  it.each([
    [
      'too short K and V',
      () => [{ ...whole(1), v: Buffer.alloc(halfBytes - 1) }],
      /6000 bytes each; 6000 and 5999/,
    ],
    [
      'K and V that make up for each other',
      () => [
        { ...whole(1), k: bytesOf(1).subarray(0, halfBytes + 1), v: bytesOf(1).subarray(halfBytes + 1) },
      ],
      /6000 bytes each; 6001 and 5999/,
    ],
    ['parts beside K and V', () => [{ ...whole(1), data: Buffer.alloc(4) }], /12004 bytes came/],
    ['nothing', () => [head(1)], /0 bytes came; a page has 12000/],
    [
      'an end too early',
      () => [{ ...head(1), data: bytesOf(1).subarray(0, 50), more: true }, { more: false }],
      /50 bytes came/,
    ],
    [
      'parts that never fit',
      () => [{ ...head(1), data: bytesOf(1), more: true }, { data: Buffer.alloc(20_000), more: true }, {}],
      /32000 bytes came/,
    ],
    ['a flipped bit', () => [{ ...whole(1), checksum: Buffer.alloc(8, 7) }], /do not match their checksum/],
  ])('answers corrupt to %s, and goes on', async (_, messages, reason) => {
    const { host, stream, answer } = await open();
    for (const message of messages()) await stream.send(message);
    await stream.send(whole(2));
    const said = await answer();
    expect(said).toMatchObject({ page: pageMessage(pageId(1)), outcome: 'corrupt' });
    expect(said?.reason).toMatch(reason);
    expect(await answer()).toMatchObject({ page: pageMessage(pageId(2)), outcome: 'stored' });
    expect([host.pages, host.held]).toEqual([1, 0]);
  });

  it.each([
    ['another namespace', { namespace: 'b'.repeat(64) }, /namespace/],
    ['no page', { page: null }, /named by a block key/],
    ['a short key', { page: { block: Buffer.alloc(31), layer: 3 } }, /named by a block key/],
    [
      'a layer of another worker',
      { page: { block: Buffer.alloc(32), layer: 6 } },
      /layer 6 is not served here/,
    ],
    ['a short checksum', { checksum: Buffer.alloc(7) }, /checksum has 8 bytes, not 7/],
  ])('ends the stream at %s, after the answers to what came before', async (_, wrong, message) => {
    const { host, stream, answer } = await open();
    await stream.send(whole(1));
    await stream.send({ ...whole(2), ...wrong });
    expect(await answer()).toMatchObject({ outcome: 'stored' });
    await expect(answer()).rejects.toMatchObject({
      kind: 'invalid',
      message: expect.stringMatching(message),
    });
    expect([host.pages, host.held]).toEqual([1, 0]);
  });

  it('refuses who speaks another protocol', async () => {
    const { stream, answer } = await open();
    await stream.send({ ...whole(1), protocol: { major: 99 } });
    await expect(answer()).rejects.toMatchObject({ kind: 'unsupported' });
  });

  it('ends the stream where a page begins within another, and forgets that one', async () => {
    const { host, stream, answer } = await open();
    await stream.send({ ...head(1), data: bytesOf(1).subarray(0, 50), more: true });
    await stream.send(whole(2));
    await expect(answer()).rejects.toMatchObject({
      kind: 'invalid',
      message: expect.stringContaining('more'),
    });
    expect([host.pages, host.held, host.abandoned]).toEqual([0, 0, 1]);
  });

  it('forgets a page whose stream ends, or is cut, within it', async () => {
    const { host, peer, stream, answer } = await open();
    const part = { ...head(1), data: bytesOf(1).subarray(0, 50), more: true };
    await stream.send(part);
    stream.end();
    await expect(answer()).rejects.toMatchObject({
      kind: 'invalid',
      message: expect.stringContaining('within'),
    });
    expect([host.held, host.abandoned]).toEqual([0, 1]);
    const other = peer.stream(putPages);
    await other.send(part);
    await expect.poll(() => host.held).toBe(1);
    other.fail(new KvError('cancelled', 'gone'));
    await expect.poll(() => host.held).toBe(0);
    expect([host.pages, host.abandoned]).toEqual([0, 2]);
  });

  it('ends a stream that leaves a page half sent', async () => {
    const { host, stream, answer } = await open({ pageStallMs: 50 });
    await stream.send(whole(2));
    expect(await answer()).toMatchObject({ outcome: 'stored' });
    await stream.send({ ...head(1), data: bytesOf(1).subarray(0, 50), more: true });
    await expect(answer()).rejects.toMatchObject({ kind: 'timedOut' });
    await expect.poll(() => host.held).toBe(0);
    expect(host.pages).toBe(1);
  });

  it('drops the parts of a page that is answered without room', async () => {
    const { host, stream, answer } = await open();
    await stream.send(whole(1));
    await stream.send({ ...head(1), data: bytesOf(1).subarray(0, 50), more: true });
    expect(await answer()).toMatchObject({ outcome: 'stored' });
    expect(await answer()).toMatchObject({ outcome: 'present' });
    await stream.send({ data: bytesOf(1).subarray(50), more: true });
    await stream.send({ more: false });
    host.onReserve = () => ({ kind: 'throttled', retryAfterMs: 40 });
    await stream.send(whole(2));
    expect(await answer()).toMatchObject({ outcome: 'throttled', retryAfterMs: 40 });
    host.onReserve = () => ({ kind: 'failed', cause: new Error('no disk') });
    await stream.send(whole(2));
    expect(await answer()).toMatchObject({ outcome: 'failed', reason: 'no disk' });
  });

  it('answers in order, and reads on while some are completed, up to its bound', async () => {
    const { host, stream, answer } = await open({ pagesInWorkMax: 2 });
    const gate = deferred<void>();
    let reserved = 0;
    host.onReserve = (id) => {
      reserved += 1;
      const made = host.makeRoom(id, sealedPage(reserved, halfBytes));
      if (made.kind !== 'room' || reserved > 1) return made;
      const { room } = made;
      return { kind: 'room', room: { ...room, complete: () => gate.promise.then(() => room.complete()) } };
    };
    for (const number of [1, 2, 3, 4]) await stream.send(whole(number));
    await expect.poll(() => reserved).toBe(2);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect([reserved, host.completed]).toEqual([2, 1]); // the second waits for its turn to be answered
    gate.resolve();
    for (const number of [1, 2, 3, 4]) {
      expect(await answer()).toMatchObject({ page: pageMessage(pageId(number)), outcome: 'stored' });
    }
  });

  it('answers failed where completing throws, which is a bug, and goes on', async () => {
    const { host, stream, answer } = await open();
    host.onReserve = (id) => {
      const made = host.makeRoom(id, sealedPage(1, halfBytes));
      if (made.kind !== 'room') return made;
      const complete = () => {
        made.room.abandon();
        throw new Error('a bug');
      };
      return { kind: 'room', room: { ...made.room, complete } };
    };
    await stream.send(whole(1));
    expect(await answer()).toMatchObject({ outcome: 'failed', reason: 'a bug' });
    host.onReserve = () => undefined;
    await stream.send(whole(1));
    expect(await answer()).toMatchObject({ outcome: 'stored' });
  });
});
