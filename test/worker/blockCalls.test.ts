import { afterEach, describe, expect, it } from 'vitest';
import { packBlockKeys } from '../../src/core/blockKey.js';
import { pageName } from '../../src/core/pageId.js';
import { workerEndpoints } from '../../src/rpc/endpoints.js';
import type { FlushEnd, RaiseOutcome, RemoveEnd } from '../../src/tiers/tierStack.js';
import { pageMessage } from '../../src/transfer/pageFields.js';
import type { BlockStore } from '../../src/worker/blockCalls.js';
import { servedNamespace as namespace, serveBlockCalls, servedRange } from '../support/servedPageCalls.js';
import { pageId } from '../support/testPages.js';

const { hasPages, removeBlocks, prefetchBlocks, flush } = workerEndpoints;
const layers = servedRange.to - servedRange.from;

/** Answers by block and layer, and writes down what it was asked. */
class StubStore implements BlockStore {
  readonly here = new Set<string>();
  readonly ends = new Map<string, RemoveEnd['kind']>();
  readonly raises = new Map<string, RaiseOutcome['kind']>();
  readonly asked: string[] = [];
  flushes = 0;
  flushEnd: FlushEnd = { kind: 'flushed' };
  atOnce = 0;
  atOnceMax = 0;

  has: BlockStore['has'] = (page) => this.here.has(pageName(page));
  explain: BlockStore['explain'] = () => [];
  remove: BlockStore['remove'] = async (page) => {
    await this.#work(pageName(page));
    const kind = this.ends.get(pageName(page)) ?? 'absent';
    return kind === 'failed' ? { kind, cause: new Error('no disk') } : { kind };
  };
  raise: BlockStore['raise'] = async (page, priority) => {
    await this.#work(`${priority} ${pageName(page)}`);
    const kind = this.raises.get(pageName(page)) ?? 'miss';
    return kind === 'failed' ? { kind, cause: new Error('no disk') } : { kind };
  };
  flush: BlockStore['flush'] = async () => {
    this.flushes += 1;
    return this.flushEnd;
  };

  async #work(name: string): Promise<void> {
    this.asked.push(name);
    this.atOnce += 1;
    this.atOnceMax = Math.max(this.atOnceMax, this.atOnce);
    await new Promise((resolve) => setImmediate(resolve));
    this.atOnce -= 1;
  }
}

describe('calls about blocks', () => {
  let close = async (): Promise<void> => {};
  afterEach(() => close());
  const open = async () => {
    const store = new StubStore();
    const served = await serveBlockCalls(store);
    close = served.close;
    return { store, peer: served.peer };
  };
  const keys = (...numbers: number[]) => packBlockKeys(numbers.map((number) => pageId(number).block));
  const names = (...numbers: number[]) =>
    numbers.flatMap((number) =>
      Array.from({ length: layers }, (_, index) => pageName(pageId(number, servedRange.from + index))),
    );

  it('say which pages are here, in order', async () => {
    const { store, peer } = await open();
    store.here.add(pageName(pageId(2, 3)));
    store.here.add(pageName(pageId(1, 5)));
    const pages = [pageId(1, 3), pageId(2, 3), pageId(1, 5)].map(pageMessage);
    expect((await peer.request(hasPages, { namespace, pages })).has).toEqual([false, true, true]);
    expect((await peer.request(hasPages, { namespace, pages: [] })).has).toEqual([]);
  });

  it('remove blocks in all layers and count what went and what is held', async () => {
    const { store, peer } = await open();
    for (const name of names(1)) store.ends.set(name, 'removed');
    store.ends.set(pageName(pageId(2, 4)), 'held');
    const answer = await peer.request(removeBlocks, { namespace, blocks: keys(1, 2) });
    expect(answer).toEqual({ removedPages: layers, heldPages: 1 });
    expect(store.asked.sort()).toEqual(names(1, 2).sort());
  });

  it('raise blocks in all layers as prefetch, some at once, and count the outcomes', async () => {
    const { store, peer } = await open();
    const outcomes = ['raised', 'here', 'full', 'failed'] as const;
    names(1).forEach((name, index) => void store.raises.set(name, outcomes[index]!));
    for (const name of names(2)) store.raises.set(name, 'corrupt');
    const numbers = Array.from({ length: 40 }, (_, index) => index);
    const answer = await peer.request(prefetchBlocks, { namespace, blocks: keys(...numbers) });
    expect(answer).toEqual({ raisedPages: 1, herePages: 1, refusedPages: 2, missingPages: 39 * layers });
    expect(store.asked).toEqual(names(...numbers).map((name) => `prefetch ${name}`));
    expect(store.atOnceMax).toBe(16);
  });

  it('flush', async () => {
    const { store, peer } = await open();
    expect(await peer.request(flush, {})).toEqual({ unflushedPages: 0 });
    expect(store.flushes).toBe(1);
    store.flushEnd = { kind: 'partly', pagesInMemory: 3 };
    expect(await peer.request(flush, {})).toEqual({ unflushedPages: 3 });
  });

  it('refuse other namespaces, layers of other workers and broken keys', async () => {
    const { store, peer } = await open();
    const blocks = keys(1);
    const wrong = { kind: 'invalid' };
    const pages = [pageMessage(pageId(1, servedRange.to))];
    await expect(peer.request(hasPages, { namespace, pages })).rejects.toMatchObject(wrong);
    for (const question of [
      { namespace: 'b', blocks },
      { namespace, blocks: blocks.subarray(0, 31) },
    ]) {
      await expect(peer.request(removeBlocks, question)).rejects.toMatchObject(wrong);
      await expect(peer.request(prefetchBlocks, question)).rejects.toMatchObject(wrong);
    }
    expect(store.asked).toEqual([]);
  });
});
