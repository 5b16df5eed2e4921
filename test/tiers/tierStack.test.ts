import { describe, expect, it } from 'vitest';
import type { PageHandle } from '../../src/tiers/pageHandle.js';
import {
  expectPage,
  fetchPage,
  idOf,
  newDisk,
  openStack,
  sealBlocks,
  sealBlocksElsewhere,
  sealPage,
  statsOf,
} from './stackFixtures.js';
import { blockKeyOf, numberOf } from './tierFixtures.js';

describe('tier stack', () => {
  it('keeps more pages than any one tier holds, and brings each back', async () => {
    const under = await openStack({ device: 10, pinned: 5, disk: 100 }, newDisk());
    const handles = await sealBlocks(under, 40);
    for (let round = 0; round < 3; round += 1) {
      for (const [block, handle] of handles.entries()) await expectPage(under, handle, block);
    }
    expect(under.stack.stats().map(({ tier, pages }) => [tier, pages > 0])).toEqual([
      ['device', true],
      ['pinned', true],
      ['disk', true],
    ]);
    await under.stack.close();
  });

  it('keeps a hot set that every round hits, and does not let a scan wash it out', async () => {
    const under = await openStack({ device: 14, pinned: 5, disk: 100 }, newDisk());
    const handles = await sealBlocks(under, 40);
    const sources = async () => {
      const from: string[] = [];
      for (const handle of handles) {
        const loaded = await fetchPage(under.stack, handle);
        if (loaded.kind !== 'hit') throw new Error(loaded.kind);
        from.push(loaded.from);
        under.stack.doneWith(loaded.slot);
      }
      return from;
    };
    const first = await sources();
    expect(await sources()).toEqual(first);
    expect(first.filter((from) => from === 'device')).toHaveLength(6);
    expect(first.filter((from) => from === 'pinned').length).toBeGreaterThan(0);
  });

  it('gives the hot slots of a sequence that has ended to one that goes on', async () => {
    const under = await openStack({ device: 14, pinned: 40, disk: 100 }, newDisk());
    const handles = await sealBlocks(under, 20);
    const [early, late] = [handles.slice(0, 10), handles.slice(10)];
    const hotOf = async (some: readonly PageHandle[]) => {
      let hot = 0;
      for (const handle of some) {
        const loaded = await fetchPage(under.stack, handle);
        if (loaded.kind !== 'hit') throw new Error(loaded.kind);
        if (loaded.from === 'device') hot += 1;
        under.stack.doneWith(loaded.slot);
      }
      return hot;
    };
    const before = await hotOf(late);
    for (const handle of early.toReversed()) under.stack.letGo(handle);
    await hotOf(late);
    expect(await hotOf(late)).toBeGreaterThan(before);
    await under.stack.close();
  });

  it('finds its pages again after a restart, and only its own', async () => {
    const disk = newDisk();
    const before = await openStack({ device: 10, pinned: 2, disk: 100 }, disk);
    await sealBlocks(before, 20);
    await before.stack.close();
    const after = await openStack({ device: 10, pinned: 2, disk: 100 }, disk);
    expect([...after.stack.inventory()]).toHaveLength(20);
    for (let block = 0; block < 20; block += 1) {
      const held = after.stack.hold(idOf(block));
      if (held.kind === 'missing') throw new Error(`block ${block} is missing`);
      await expectPage(after, held.handle, block);
    }
    expect(after.stack.hold(idOf(20))).toEqual({ kind: 'missing' });
    await after.stack.close();
  });

  it('works without pinned memory, and without a disk', async () => {
    const noPinned = await openStack({ device: 8, pinned: 0, disk: 100 }, newDisk());
    const handles = await sealBlocks(noPinned, 12);
    for (const [block, handle] of handles.entries()) await expectPage(noPinned, handle, block);
    const noDisk = await openStack({ device: 8, pinned: 12, disk: 0 }, newDisk());
    const kept = await sealBlocks(noDisk, 12);
    for (const [block, handle] of kept.entries()) await expectPage(noDisk, handle, block);
    await noPinned.stack.close();
    await noDisk.stack.close();
  });

  it('says which tier is full when nothing may go, and goes on when something was let go', async () => {
    const under = await openStack({ device: 8, pinned: 2, disk: 3 }, newDisk());
    const handles: PageHandle[] = [];
    let end = await sealPage(under, 0, 0);
    while (end.kind !== 'full') {
      handles.push(end.handle);
      end = await sealPage(under, handles.length, 0);
    }
    expect(end).toMatchObject({ kind: 'full', tier: 'disk' });
    // Three on disk, two more in pinned memory, the rest hot: nothing that is held is lost.
    expect(handles.length).toBeGreaterThanOrEqual(7);
    for (const [block, handle] of handles.entries()) await expectPage(under, handle, block);
    for (const handle of handles.slice(0, 4)) under.stack.letGo(handle);
    expect(await sealPage(under, 90, 0)).toMatchObject({ kind: 'sealed' });
    await under.stack.close();
  });

  it('drops nothing that the coordinator pins', async () => {
    const under = await openStack({ device: 8, pinned: 2, disk: 4 }, newDisk());
    under.stack.setPinnedBlocks([blockKeyOf(0)]);
    for (let block = 0; block < 30; block += 1) {
      const sealed = await sealPage(under, block, 0);
      if (sealed.kind === 'full') throw new Error('full');
      under.stack.letGo(sealed.handle);
    }
    expect(under.stack.has(idOf(0))).toBe(true);
    expect(under.stack.has(idOf(1))).toBe(false);
    under.stack.setPinnedBlocks([]);
    for (let block = 30; block < 60; block += 1) {
      const sealed = await sealPage(under, block, 0);
      if (sealed.kind !== 'full') under.stack.letGo(sealed.handle);
    }
    expect(under.stack.has(idOf(0))).toBe(false);
    await under.stack.close();
  });

  it('drops pages that left their window before any block', async () => {
    const under = await openStack({ device: 8, pinned: 2, disk: 6 }, newDisk());
    const handles = await sealBlocks(under, 6);
    await under.stack.flush();
    under.stack.outOfWindow(handles[3]!);
    under.stack.letGo(handles[0]!);
    await sealPage(under, 6, 0);
    await under.stack.flush();
    const onDisk = (block: number) =>
      under.stack.explain(blockKeyOf(block))[0]?.tiers.includes('disk') ?? false;
    expect([0, 3, 6].map(onDisk)).toEqual([true, false, true]);
    await under.stack.close();
  });

  it('writes a page that is wanted again to disk when only its copy there was given up', async () => {
    const under = await openStack({ device: 8, pinned: 8, disk: 2 }, newDisk());
    for (const handle of await sealBlocks(under, 3)) under.stack.letGo(handle);
    await under.stack.flush();
    const tiersOf = (block: number) => under.stack.explain(blockKeyOf(block))[0]?.tiers;
    const given = [0, 1, 2].filter((block) => !tiersOf(block)?.includes('disk'));
    expect(given).toHaveLength(1);
    under.stack.hold(idOf(given[0]!));
    await under.stack.flush();
    expect(tiersOf(given[0]!)).toEqual(['device', 'pinned', 'disk']);
    await under.stack.close();
  });

  it('announces a page once when it comes, and once when its last copy is gone', async () => {
    const under = await openStack({ device: 8, pinned: 2, disk: 4 }, newDisk());
    const seen: string[] = [];
    const stop = under.stack.onInventory(({ kind, page }) => seen.push(`${kind} ${numberOf(page.block)}`));
    for (let block = 0; block < 12; block += 1) {
      const sealed = await sealPage(under, block, 0);
      if (sealed.kind === 'sealed') under.stack.letGo(sealed.handle);
    }
    await under.stack.flush();
    stop();
    const added = seen.filter((line) => line.startsWith('added'));
    const removed = seen.filter((line) => line.startsWith('removed'));
    expect(added).toEqual(Array.from({ length: 12 }, (_, block) => `added ${block}`));
    expect(new Set(removed).size).toBe(removed.length);
    expect([...under.stack.inventory()]).toHaveLength(added.length - removed.length);
    await under.stack.close();
  });

  it('waits for a staging slot in the order of requests, and cancels those who give up', async () => {
    const under = await openStack({ device: 7, pinned: 0, disk: 100 }, newDisk());
    const handles = await sealBlocks(under, 12);
    await under.stack.flush();
    const tails = await Promise.all([0, 1, 2].map((layer) => under.stack.takeTail(layer)));
    expect(tails.map(({ kind }) => kind)).toEqual(['slot', 'slot', 'slot']);
    const landed: number[] = [];
    const quit = new AbortController();
    const loads = handles.slice(0, 7).map(async (handle, block) => {
      const options = { priority: 'load' as const, ...(block === 5 ? { signal: quit.signal } : {}) };
      const loaded = await under.stack.load(handle, options);
      if (loaded.kind === 'hit') landed.push(block);
      return loaded;
    });
    const first = await Promise.all(loads.slice(0, 4));
    expect(landed).toEqual([0, 1, 2, 3]);
    quit.abort();
    expect(await loads[5]).toEqual({ kind: 'cancelled' });
    for (const loaded of first.slice(0, 2)) if (loaded.kind === 'hit') under.stack.doneWith(loaded.slot);
    await Promise.all([loads[4], loads[6]]);
    expect(landed).toEqual([0, 1, 2, 3, 4, 6]);
    await under.stack.close();
  });

  it('gives two who load one page the same slot, until both are done', async () => {
    const under = await openStack({ device: 7, pinned: 0, disk: 100 }, newDisk());
    const handles = await sealBlocks(under, 8);
    await under.stack.flush();
    await sealBlocksElsewhere(under);
    const before = statsOf(under.stack, 'disk').loadedPages;
    const both = await Promise.all([1, 2].map(() => under.stack.load(handles[0]!, { priority: 'load' })));
    expect(both[0]).toMatchObject({ kind: 'hit', from: 'disk' });
    expect(both[1]).toEqual(both[0]);
    expect(statsOf(under.stack, 'disk').loadedPages).toBe(before + 1);
    for (const loaded of both) if (loaded.kind === 'hit') under.stack.doneWith(loaded.slot);
    expect(() => both[0]!.kind === 'hit' && under.stack.doneWith(both[0]!.slot)).toThrow(/not in use/);
    await under.stack.close();
  });

  it('wakes loads that wait when it closes', async () => {
    const under = await openStack({ device: 7, pinned: 0, disk: 100 }, newDisk());
    const handles = await sealBlocks(under, 8);
    await under.stack.flush();
    await Promise.all([0, 1, 2].map((layer) => under.stack.takeTail(layer)));
    const loads = handles.slice(0, 5).map((handle) => under.stack.load(handle, { priority: 'load' }));
    await Promise.all(loads.slice(0, 4));
    await under.stack.close();
    expect(await loads[4]).toEqual({ kind: 'cancelled' });
  });
});
