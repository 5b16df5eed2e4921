import { describe, expect, it } from 'vitest';
import { rendezvous } from '../../src/client/rendezvous.js';
import type { WorkerId } from '../../src/core/plan.js';
import { FakeStore } from './fakeStore.js';
import { kindsOf, pagesOf, run, tokens } from './storePages.js';

describe('several workers of a stage', () => {
  const two = [{ id: 'a' }, { id: 'b' }] as unknown as [{ id: WorkerId }, { id: WorkerId }];

  it('share its blocks, a block never split', async () => {
    const store = new FakeStore([['a', 'b']]);
    const keys = await store.blocks.keys(tokens(16 * 40));
    await store.blocks.put(pagesOf(keys)).all();
    for (const block of keys) {
      const owner = store.worker(rendezvous(block, two).id);
      expect([...owner.pages.values()].filter(({ id }) => id.block === block)).toHaveLength(4);
    }
    const sizes = ['a', 'b'].map((id) => store.worker(id).pages.size);
    expect(Math.min(...sizes)).toBeGreaterThan(40);
    expect(kindsOf(await store.blocks.get(pagesOf(keys)).all())).toEqual(['hit']);
    expect(store.count('Locate')).toBe(0); // nobody has to ask where they are
  });

  it('a page is found on another worker than the one it would be on, with one question for many', async () => {
    const store = new FakeStore([['a', 'b']]);
    const keys = await store.blocks.keys(tokens(16 * 8));
    const pages = pagesOf(keys);
    for (const page of pages) {
      const other = rendezvous(page.block, two).id === 'a' ? 'b' : 'a';
      const { block, layer, blockIndex } = page;
      store
        .worker(other)
        .keep({ block, layer }, { k: page.k as Uint8Array, v: page.v as Uint8Array }, blockIndex);
    }
    expect(kindsOf(await store.blocks.get(pages).all())).toEqual(['hit']);
    expect(store.count('Locate')).toBeLessThanOrEqual(4);
    expect(kindsOf(await store.blocks.exists(pages))).toEqual(['present']);
  });

  it('asks the others for a page too while nobody can say who holds it', async () => {
    const store = new FakeStore([['a', 'b']], { attemptsMax: 2 });
    const keys = await store.blocks.keys(tokens(16 * 8));
    const block = keys.find((key) => rendezvous(key, two).id === 'b')!;
    const [page] = pagesOf([block]);
    await store.cluster.describe();
    store.isCoordinatorDown = true;
    expect(await run(store, store.blocks.get([{ block, layer: 0 }]).all())).toMatchObject([{ kind: 'miss' }]);
    store.worker('a').keep({ block, layer: 0 }, { k: page!.k as Uint8Array, v: page!.v as Uint8Array });
    expect(await run(store, store.blocks.get([{ block, layer: 0 }]).all())).toMatchObject([{ kind: 'hit' }]);
    store.worker('a').isDown = true;
    expect(await run(store, store.blocks.get([{ block, layer: 0 }]).all())).toMatchObject([
      { kind: 'unavailable' },
    ]);
  });

  it('asks the others for a page soon when the coordinator hangs', async () => {
    const store = new FakeStore([['a', 'b']], { coordinatorTimeoutMs: 300 });
    const keys = await store.blocks.keys(tokens(16 * 8));
    const block = keys.find((key) => rendezvous(key, two).id === 'b')!;
    const [page] = pagesOf([block]);
    await store.cluster.describe();
    store.isCoordinatorHung = true;
    store.worker('a').keep({ block, layer: 0 }, { k: page!.k as Uint8Array, v: page!.v as Uint8Array });
    const startMs = store.clock.monotonicMs();
    expect(await run(store, store.blocks.get([{ block, layer: 0 }]).all())).toMatchObject([{ kind: 'hit' }]);
    expect(store.clock.monotonicMs() - startMs).toBeLessThan(400);
  });

  it('says unavailable, not miss, when one that may have the page is silent', async () => {
    const store = new FakeStore([['a', 'b']], { attemptsMax: 2 });
    const keys = await store.blocks.keys(tokens(16 * 8));
    const owned = keys.find((key) => rendezvous(key, two).id === 'b')!;
    store.worker('b').isDown = true;
    const page = { block: owned, layer: 0 };
    expect(await run(store, store.blocks.get([page]).all())).toMatchObject([{ kind: 'unavailable' }]);
    const found = await run(store, store.blocks.exists([page]));
    expect(found).toMatchObject([{ kind: 'unavailable', page }]);
  });

  it('tells of a damaged copy rather than of a miss', async () => {
    const store = new FakeStore([['a', 'b']]);
    const keys = await store.blocks.keys(tokens(16 * 8));
    const block = keys.find((key) => rendezvous(key, two).id === 'b')!;
    const [page] = pagesOf([block]);
    store.worker('a').keep({ block, layer: 0 }, { k: page!.k as Uint8Array, v: page!.v as Uint8Array });
    store.worker('a').answer = { kind: 'corrupt', reason: 'flipped' };
    expect(await store.blocks.get([{ block, layer: 0 }]).all()).toMatchObject([{ kind: 'corrupt' }]);
  });

  it('moves only the blocks of a worker that leaves', async () => {
    const keys = await new FakeStore([['a']]).blocks.keys(tokens(16 * 200));
    const three = [...two, { id: 'c' as WorkerId }] as const;
    for (const key of keys) {
      const before = rendezvous(key, [...three]);
      if (before.id !== 'c') expect(rendezvous(key, two)).toBe(before);
    }
    expect(keys.some((key) => rendezvous(key, [...three]).id === 'c')).toBe(true);
  });
});

describe('calls to all workers', () => {
  it('count a page that one of two has as there', async () => {
    const store = new FakeStore([['a', 'b']]);
    const keys = await store.blocks.keys(tokens(16 * 10));
    await store.blocks.put(pagesOf(keys.slice(0, 8))).all();
    expect(await store.blocks.prefetch(keys)).toMatchObject({ raisedPages: 32, missingPages: 8 });
  });

  it('remove, prefetch, flush and explain', async () => {
    const store = new FakeStore([['a'], ['b']], { keysPerRequest: 2 });
    const keys = await store.blocks.keys(tokens(80));
    await store.blocks.put(pagesOf(keys)).all();
    expect(await store.blocks.prefetch(keys)).toMatchObject({ raisedPages: 20, unreached: [] });
    expect(store.count('PrefetchBlocks')).toBe(6); // two workers, three parts
    expect(await store.blocks.flush()).toEqual({ kind: 'flushed' });
    store.worker('b').unflushedPages = 4;
    expect(await store.blocks.flush()).toEqual({ kind: 'partly', unflushedPages: 4, unreached: [] });
    expect((await store.blocks.explain(keys[0]!)).workers).toEqual([
      {
        worker: 'a',
        layers: { from: 0, to: 2 },
        pages: [{ layer: 0, tiers: ['disk'], live: false, events: [{ atMs: 5, text: 'came' }] }],
      },
      {
        worker: 'b',
        layers: { from: 2, to: 4 },
        pages: [{ layer: 2, tiers: ['disk'], live: false, events: [{ atMs: 5, text: 'came' }] }],
      },
    ]);
    expect(await store.blocks.remove(keys.slice(0, 1))).toEqual({
      removedPages: 4,
      heldPages: 0,
      unreached: [],
    });
    expect(await store.blocks.pin(keys, { ttlMs: 1000 })).toBe(5);
    await expect(store.blocks.pin(keys, { ttlMs: 0 })).rejects.toMatchObject({ kind: 'invalid' });
    expect(await store.blocks.unpin(keys)).toBe(5);
  });

  it('a flush names a worker that took pages and is not ready now, until it is back', async () => {
    const store = new FakeStore([['a', 'b']]);
    const keys = await store.blocks.keys(tokens(16 * 8));
    await store.blocks.put(pagesOf(keys)).all();
    store.worker('b').state = 'lost';
    store.cluster.noteEpoch(2);
    const partly = { kind: 'partly', unreached: [{ worker: 'b', cause: { kind: 'unavailable' } }] };
    expect(await store.blocks.flush()).toMatchObject(partly);
    store.worker('b').state = 'ready';
    expect(await store.blocks.flush()).toEqual({ kind: 'flushed' });
  });

  it('name those who did not answer; only what may happen twice is tried again', async () => {
    const store = new FakeStore([['a'], ['b']], { attemptsMax: 3 });
    const keys = await store.blocks.keys(tokens(16));
    store.worker('b').isDown = true;
    expect(await run(store, store.blocks.flush())).toMatchObject({
      kind: 'partly',
      unreached: [{ worker: 'b', cause: { kind: 'unavailable' } }],
    });
    expect(store.requests.filter(({ to, name }) => to === 'b:1' && name === 'Flush')).toHaveLength(3);
    expect(await run(store, store.blocks.remove(keys))).toMatchObject({ unreached: [{ worker: 'b' }] });
    expect(store.requests.filter(({ to, name }) => to === 'b:1' && name === 'RemoveBlocks')).toHaveLength(1);
    const controller = new AbortController();
    controller.abort();
    await expect(store.blocks.flush({ signal: controller.signal })).rejects.toMatchObject({
      kind: 'cancelled',
    });
  });
});
