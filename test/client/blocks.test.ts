import { describe, expect, it } from 'vitest';
import type { BlockKey } from '../../src/core/blockKey.js';
import { pageChecksum } from '../../src/transfer/checksum.js';
import { FakeStore, halfBytes } from './fakeStore.js';
import { kindsOf, pagesOf, part, run, tokens } from './storePages.js';

describe('block keys and lookups', () => {
  it('names whole blocks, and refuses what is no token id', async () => {
    const { blocks } = new FakeStore([['a']]);
    const keys = await blocks.keys(tokens(40));
    expect(keys).toHaveLength(2);
    expect(await blocks.keys(Uint32Array.from(tokens(40)))).toEqual(keys);
    expect((await blocks.keys([...tokens(16), 9, ...tokens(15)]))[0]).toBe(keys[0]);
    for (const wrong of [-1, 1.5, 2 ** 32]) {
      await expect(blocks.keys([wrong])).rejects.toMatchObject({ kind: 'invalid' });
    }
  });

  it('finds the longest prefix, also by layer range', async () => {
    const store = new FakeStore([['a'], ['b']]);
    const keys = await store.blocks.keys(tokens(64));
    const pages = pagesOf(keys).filter(({ layer, blockIndex }) => blockIndex < (layer < 2 ? 3 : 1));
    await store.blocks.put(pages).all();
    const found = await store.blocks.lookup(tokens(64));
    expect(found).toEqual({
      blocks: 1,
      tokens: 16,
      keys,
      stages: [
        { layers: { from: 0, to: 2 }, blocks: 3 },
        { layers: { from: 2, to: 4 }, blocks: 1 },
      ],
    });
    expect((await store.blocks.lookup(keys.slice(0, 1))).blocks).toBe(1);
    expect((await store.blocks.lookup([])).keys).toEqual([]);
    await expect(store.blocks.lookup(['zz' as BlockKey])).rejects.toMatchObject({ kind: 'invalid' });
  });
});

describe('put and get', () => {
  it('carry every page to the worker of its layer and back', async () => {
    const store = new FakeStore([['a'], ['b']]);
    const pages = pagesOf(await store.blocks.keys(tokens(48)));
    expect(kindsOf(await store.blocks.put(pages).all())).toEqual(['stored']);
    expect(kindsOf(await store.blocks.put(pages).all())).toEqual(['present']);
    expect([store.worker('a').pages.size, store.worker('b').pages.size]).toEqual([6, 6]);
    const got = await store.blocks.get(pages).all();
    got.forEach((result, at) => {
      const { block, layer, blockIndex, k, v } = pages[at]!;
      const checksum = pageChecksum({ k: k as Uint8Array, v: v as Uint8Array });
      expect(result).toEqual({
        kind: 'hit',
        form: 'copied',
        page: { block, layer },
        blockIndex,
        checksum,
        k,
        v,
      });
    });
    expect(await store.blocks.exists(pages.slice(0, 2))).toEqual(
      pages.slice(0, 2).map(({ block, layer }) => ({ kind: 'present', page: { block, layer } })),
    );
    expect(store.count('Describe')).toBe(1); // the description is kept
  });

  it('take any view, and copy into the buffers of the caller', async () => {
    const store = new FakeStore([['a']]);
    const [key] = await store.blocks.keys(tokens(16));
    const k = new Uint16Array(part(1).buffer);
    const v = new DataView(part(2).buffer);
    expect(kindsOf(await store.blocks.put([{ block: key!, layer: 1, blockIndex: 0, k, v }]).all())).toEqual([
      'stored',
    ]);
    const mine = { k: new Uint16Array(halfBytes / 2), v: new Float32Array(halfBytes / 4) };
    const [hit] = await store.blocks.get([{ block: key!, layer: 1 }], { into: () => mine }).all();
    expect(hit?.kind).toBe('hit');
    expect(mine.k).toEqual(k);
    expect(new Uint8Array(mine.v.buffer)).toEqual(part(2));
  });

  it('refuse pages that are none', async () => {
    const { blocks } = new FakeStore([['a']]);
    const [page] = pagesOf(await blocks.keys(tokens(16)));
    const wrong = [
      { ...page!, k: new Uint8Array(3) },
      { ...page!, layer: 4 },
      { ...page!, block: 'ab' as BlockKey },
    ];
    for (const one of wrong) {
      await expect(blocks.put([one]).all()).rejects.toMatchObject({ kind: 'invalid' });
    }
    expect(() => blocks.get([page!], { underWayMax: 0 })).toThrow(/underWayMax/);
    const corrupt = await blocks.put([{ ...page!, checksum: 5n }]).all();
    expect(corrupt).toMatchObject([{ kind: 'corrupt', page: { layer: 0 } }]);
  });

  it('lend where the lane can, and free what nobody took', async () => {
    const store = new FakeStore([['a'], ['b']]);
    const pages = pagesOf(await store.blocks.keys(tokens(32)));
    await store.blocks.put(pages).all();
    store.worker('a').canLend = true;
    const got = await store.blocks.get(pages, { lend: true }).all();
    expect(got.map((one) => one.kind === 'hit' && one.form)).toEqual(
      pages.map(({ layer }) => (layer < 2 ? 'lent' : 'copied')),
    );
    expect(store.worker('a').lent).toBe(4);
    for (const one of got) if (one.kind === 'hit' && one.form === 'lent') one.lent.release();
    for await (const one of store.blocks.get(pages, { lend: true })) {
      if (one.kind === 'hit' && one.form === 'lent') one.lent.release();
      break;
    }
    expect(store.worker('a').lent).toBe(0);
  });

  it('give misses and corrupt pages as such', async () => {
    const store = new FakeStore([['a']]);
    const [page] = pagesOf(await store.blocks.keys(tokens(16)));
    expect(await store.blocks.get([page!]).all()).toMatchObject([{ kind: 'miss' }]);
    store.worker('a').answer = { kind: 'corrupt', reason: 'flipped' };
    expect(await store.blocks.get([page!]).all()).toMatchObject([{ kind: 'corrupt', reason: 'flipped' }]);
    expect(store.worker('a').asked).toHaveLength(2); // neither is asked for again
  });
});

describe('what goes wrong', () => {
  it('is tried again with the cluster as it is then', async () => {
    const store = new FakeStore([['a', 'b']]);
    const keys = await store.blocks.keys(tokens(320));
    const pages = pagesOf(keys);
    store.worker('a').isDown = true;
    store.clock.setTimer(10, () => {
      store.worker('a').state = 'lost';
      store.epoch += 1;
    });
    expect(kindsOf(await run(store, store.blocks.put(pages).all()))).toEqual(['stored']);
    expect(store.worker('b').pages.size).toBe(pages.length);
    expect(store.count('Describe')).toBeLessThan(6); // once for all that noticed
  });

  it('is told when the tries are used up, with the coordinator gone as well', async () => {
    const store = new FakeStore([['a'], ['b']], { attemptsMax: 3 });
    const pages = pagesOf(await store.blocks.keys(tokens(16)));
    store.worker('b').isDown = true;
    store.isCoordinatorDown = true;
    const startMs = store.clock.monotonicMs();
    const results = await run(store, store.blocks.put(pages).all());
    expect(results.map(({ kind }) => kind)).toEqual(['stored', 'stored', 'unavailable', 'unavailable']);
    expect(results[3]).toMatchObject({ page: { layer: 3 }, cause: { kind: 'unavailable' } });
    expect(store.clock.monotonicMs() - startMs).toBeLessThan(10_000);
  });

  it('passes with the coordinator away, when only a worker was away for a moment', async () => {
    const store = new FakeStore([['a']]);
    const pages = pagesOf(await store.blocks.keys(tokens(16)));
    store.worker('a').isDown = true;
    store.isCoordinatorDown = true;
    store.clock.setTimer(200, () => {
      store.worker('a').isDown = false;
    });
    expect(kindsOf(await run(store, store.blocks.put(pages).all()))).toEqual(['stored']);
  });

  it('passes with a coordinator that hangs, after a short wait for all pages together', async () => {
    const store = new FakeStore([['a']], { coordinatorTimeoutMs: 300 });
    const pages = pagesOf(await store.blocks.keys(tokens(16 * 20)));
    store.cluster.noteEpoch(2);
    store.isCoordinatorHung = true;
    const startMs = store.clock.monotonicMs();
    expect(kindsOf(await run(store, store.blocks.put(pages).all()))).toEqual(['stored']);
    expect(store.clock.monotonicMs() - startMs).toBeLessThan(400);
    expect(store.count('Describe')).toBe(2);
    store.isCoordinatorHung = false;
    store.cluster.noteEpoch(2);
    expect(kindsOf(await run(store, store.blocks.get(pages).all()))).toEqual(['hit']);
    expect(store.count('Describe')).toBe(3);
  });

  it('waits as long as a throttled worker says, up to a bound', async () => {
    const store = new FakeStore([['a']], { throttledWaitMaxMs: 350 });
    const [page] = pagesOf(await store.blocks.keys(tokens(16)));
    store.worker('a').throttles = 3;
    const startMs = store.clock.monotonicMs();
    expect(await run(store, store.blocks.put([page!]).all())).toMatchObject([{ kind: 'stored' }]);
    expect(store.clock.monotonicMs() - startMs).toBeGreaterThanOrEqual(300);
    store.worker('a').throttles = 1000;
    expect(await run(store, store.blocks.get([page!]).all())).toMatchObject([
      { kind: 'throttled', retryAfterMs: 100 },
    ]);
    expect(store.worker('a').throttles).toBeGreaterThan(900);
  });

  it('ends by the deadline as unavailable, and by the signal with an error', async () => {
    const store = new FakeStore([['a']]);
    const [page] = pagesOf(await store.blocks.keys(tokens(16)));
    store.worker('a').isSilent = true;
    const late = await run(store, store.blocks.get([page!], { deadlineMs: 500 }).all());
    expect(late).toMatchObject([{ kind: 'unavailable', cause: { kind: 'timedOut' } }]);
    const controller = new AbortController();
    store.clock.setTimer(50, () => controller.abort());
    const given = store.blocks.get([page!], { signal: controller.signal }).all();
    await expect(run(store, given)).rejects.toMatchObject({ kind: 'cancelled' });
    expect(store.clock.pendingTimers).toBe(0);
  });
});
