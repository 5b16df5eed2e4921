import { describe, expect, it } from 'vitest';
import { pageKey } from '../../src/core/pageId.js';
import { SimulatedClock } from '../../src/simulate/simulatedClock.js';
import { SimulatedDisk } from '../../src/simulate/simulatedDisk.js';
import { SimulatedRandom } from '../../src/simulate/simulatedRandom.js';
import type { PageHandle } from '../../src/tiers/pageHandle.js';
import { damageRecord, FaultyDisk } from './faultyDisk.js';
import {
  fetchPage,
  openStack,
  type StackUnderTest,
  sealPage,
  slotBytesNow,
  statsOf,
} from './stackFixtures.js';
import { blockKeyOf, bytesOf } from './tierFixtures.js';

const newDisk = () => new FaultyDisk(new SimulatedDisk(new SimulatedClock(), new SimulatedRandom(7)));
const idOf = (block: number, layer = 0) => ({ block: blockKeyOf(block), layer });

/** Seals blocks 0 up to `blocks` of layer 0. */
async function sealBlocks(under: StackUnderTest, blocks: number): Promise<PageHandle[]> {
  const handles: PageHandle[] = [];
  for (let block = 0; block < blocks; block += 1) {
    const sealed = await sealPage(under, block, 0);
    if (sealed.kind === 'full') throw new Error(`${sealed.tier} is full at block ${block}`);
    handles.push(sealed.handle);
  }
  return handles;
}

async function expectPage(under: StackUnderTest, handle: PageHandle, block: number, from?: string) {
  const loaded = await fetchPage(under.stack, handle);
  if (loaded.kind !== 'hit') throw new Error(`block ${block}: ${loaded.kind}`);
  expect(slotBytesNow(under, loaded.slot)).toEqual(bytesOf(block, 0));
  if (from !== undefined) expect(loaded.from).toBe(from);
  under.stack.doneWith(loaded.slot);
}

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
    expect(first.filter((from) => from === 'device')).toHaveLength(10);
    expect(first.filter((from) => from === 'pinned').length).toBeGreaterThan(0);
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

  it('announces a page once when it comes, and once when its last copy is gone', async () => {
    const under = await openStack({ device: 8, pinned: 2, disk: 4 }, newDisk());
    const seen: string[] = [];
    const stop = under.stack.onInventory(({ kind, page }) =>
      seen.push(`${kind} ${Number(`0x${page.block}`)}`),
    );
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

  it('tells of corrupt bytes on disk, counts them, and takes the page again when it is recomputed', async () => {
    const disk = newDisk();
    const under = await openStack({ device: 7, pinned: 0, disk: 100 }, disk);
    const handles = await sealBlocks(under, 8);
    await under.stack.flush();
    await damageRecord(disk, pageKey(idOf(7)), (payload, meta) => {
      payload[9]! ^= 1;
      return { payload, meta };
    });
    const held = await sealBlocksElsewhere(under);
    expect(await fetchPage(under.stack, handles[7]!)).toEqual({ kind: 'corrupt' });
    expect(statsOf(under.stack, 'disk').corrupt).toBe(1);
    expect(under.stack.has(idOf(7))).toBe(false);
    expect(await fetchPage(under.stack, handles[7]!)).toEqual({ kind: 'miss' });
    for (const handle of held) under.stack.letGo(handle);
    expect(await sealPage(under, 7, 0)).toMatchObject({ kind: 'sealed', handle: handles[7]! });
    await expectPage(under, handles[7]!, 7);
    await under.stack.close();
  });

  it('goes on with a disk that takes no more, and says so once', async () => {
    const disk = newDisk();
    const under = await openStack({ device: 8, pinned: 6, disk: 100 }, disk);
    const handles = await sealBlocks(under, 2);
    await under.stack.flush();
    disk.publishFault = { kind: 'full' };
    for (let block = 2; block < 6; block += 1) {
      const sealed = await sealPage(under, block, 0);
      if (sealed.kind === 'sealed') handles.push(sealed.handle);
    }
    await under.stack.flush();
    expect(under.warnings).toEqual(['the disk tier takes no more pages: the medium is full']);
    expect(handles).toHaveLength(6);
    for (const [block, handle] of handles.entries()) await expectPage(under, handle, block);
    await under.stack.close();
  });

  it('tells a failed read from a miss, and reads the page later', async () => {
    const disk = newDisk();
    const under = await openStack({ device: 7, pinned: 0, disk: 100 }, disk);
    const handles = await sealBlocks(under, 8);
    await under.stack.flush();
    const held = await sealBlocksElsewhere(under);
    disk.readFault = { kind: 'failed', cause: new Error('EIO') };
    expect(await fetchPage(under.stack, handles[7]!)).toMatchObject({ kind: 'failed' });
    disk.readFault = null;
    await expectPage(under, handles[7]!, 7, 'disk');
    for (const handle of held) under.stack.letGo(handle);
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

  it('with --verify always, does not pass on what changed in pinned memory', async () => {
    const under = await openStack({ device: 7, pinned: 20, disk: 100 }, newDisk(), { verify: 'always' });
    const handles = await sealBlocks(under, 8);
    await under.stack.flush();
    const held = await sealBlocksElsewhere(under);
    under.pinnedSlab!.view(0, 20 * 4096).fill(9);
    await expectPage(under, handles[7]!, 7, 'disk');
    expect(statsOf(under.stack, 'pinned').corrupt).toBeGreaterThan(0);
    for (const handle of held) under.stack.letGo(handle);
    await under.stack.close();
  });
});

/** Fills the device's hot slots with other pages, so that those before are not on it. */
async function sealBlocksElsewhere(under: StackUnderTest): Promise<PageHandle[]> {
  const handles: PageHandle[] = [];
  for (let block = 100; block < 104; block += 1) {
    const sealed = await sealPage(under, block, 0);
    if (sealed.kind !== 'full') handles.push(sealed.handle);
  }
  await under.stack.flush();
  return handles;
}
