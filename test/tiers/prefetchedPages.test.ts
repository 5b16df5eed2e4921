import { describe, expect, it } from 'vitest';
import { SimulatedClock } from '../../src/simulate/simulatedClock.js';
import { SimulatedDisk } from '../../src/simulate/simulatedDisk.js';
import { SimulatedRandom } from '../../src/simulate/simulatedRandom.js';
import { PrefetchedPages } from '../../src/tiers/prefetchedPages.js';
import { openStack, sealPage } from './stackFixtures.js';
import { blockKeyOf } from './tierFixtures.js';

describe('PrefetchedPages', () => {
  it('counts a page once for each time that it was brought, by how that ended', () => {
    const pages = new PrefetchedPages(10);
    pages.used(3, 'pinned');
    pages.left(3, 'device');
    pages.brought(3, 'pinned');
    pages.brought(3, 'pinned');
    pages.left(3, 'device');
    expect(pages.figures).toEqual({ broughtBytes: 10, usedBytes: 0, unusedBytes: 0 });
    pages.used(3, 'pinned');
    pages.used(3, 'pinned');
    pages.left(3, 'pinned');
    pages.brought(3, 'device');
    pages.left(3, 'device');
    expect(pages.figures).toEqual({ broughtBytes: 20, usedBytes: 10, unusedBytes: 10 });
  });
});

describe('a stack', () => {
  it('says what became of pages that were raised ahead', async () => {
    const disk = new SimulatedDisk(new SimulatedClock(), new SimulatedRandom(1));
    const under = await openStack({ device: 8, pinned: 2, disk: 64 }, disk);
    const { stack } = under;
    const handles = [];
    for (let block = 0; block < 12; block += 1) {
      const page = await sealPage(under, block, 0);
      if (page.kind === 'full') throw new Error('no room');
      handles.push(page.handle);
    }
    await stack.flush();
    const onDisk = handles.flatMap((_, block) =>
      stack.whereIs({ block: blockKeyOf(block), layer: 0 }) === 'disk' ? [block] : [],
    );
    expect(onDisk.length).toBeGreaterThan(3);
    for (const handle of handles) stack.letGo(handle);
    const raise = (block: number) =>
      stack.raise({ block: blockKeyOf(block), layer: 0 }, 'prefetch', new AbortController().signal);
    const bytes = stack.stats().find(({ tier }) => tier === 'disk')!.loadedBytes;
    expect(bytes).toBe(0);
    const [first, ...others] = onDisk.slice(0, 4);
    expect(await raise(first!)).toEqual({ kind: 'raised' });
    expect(stack.prefetched.figures).toMatchObject({ usedBytes: 0, unusedBytes: 0 });
    const { broughtBytes: page } = stack.prefetched.figures;
    const loaded = await stack.load(handles[first!]!, { priority: 'load' });
    if (loaded.kind !== 'hit') throw new Error(loaded.kind);
    stack.doneWith(loaded.slot);
    expect(stack.prefetched.figures).toEqual({ broughtBytes: page, usedBytes: page, unusedBytes: 0 });
    // Two fit: of the others one makes way for the last.
    for (const block of others) await raise(block);
    expect(stack.prefetched.figures).toEqual({ broughtBytes: 4 * page, usedBytes: page, unusedBytes: page });
    await stack.close();
  });
});
