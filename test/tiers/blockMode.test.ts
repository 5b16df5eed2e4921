import { describe, expect, it } from 'vitest';
import { pageChecksum } from '../../src/transfer/checksum.js';
import { borrow, countReads, never, onDiskOnly, putBlocks } from './hostFixtures.js';
import { getPage, idOf, newDisk, openStack, putPage, sealPage, statsOf } from './stackFixtures.js';
import { blockKeyOf, bytesOf, numberOf } from './tierFixtures.js';

describe('block mode', () => {
  it('stores a page that came from outside and gives it out again, from pinned memory or disk', async () => {
    const under = await openStack({ device: 8, pinned: 2, disk: 100 }, newDisk());
    for (let block = 0; block < 10; block += 1) {
      const view = bytesOf(block, 0);
      expect(await putPage(under.stack, idOf(block), block, view)).toEqual({
        kind: 'stored',
      });
      expect(await putPage(under.stack, idOf(block), block, view)).toEqual({
        kind: 'present',
      });
    }
    for (let block = 0; block < 10; block += 1) {
      const view = bytesOf(block, 0);
      const got = await getPage(under.stack, idOf(block));
      expect(got).toMatchObject({ kind: 'hit', view, checksum: pageChecksum(view) });
    }
    expect(await getPage(under.stack, idOf(10))).toEqual({ kind: 'miss' });
    await under.stack.close();
  });

  it('refuses bytes that do not match their checksum or the geometry', async () => {
    const under = await openStack({ device: 8, pinned: 2, disk: 100 }, newDisk());
    const view = bytesOf(1, 0);
    expect(await putPage(under.stack, idOf(1), 1, view, 1n)).toEqual({ kind: 'corrupt' });
    expect(under.stack.has(idOf(1))).toBe(false);
    await under.stack.close();
  });

  it('replaces old blocks by new ones, and says full only when all are wanted', async () => {
    const under = await openStack({ device: 8, pinned: 1, disk: 3 }, newDisk());
    const put = (block: number) => {
      const view = bytesOf(block, 0);
      return putPage(under.stack, idOf(block), block, view);
    };
    for (let block = 0; block < 9; block += 1) expect(await put(block)).toEqual({ kind: 'stored' });
    await under.stack.flush();
    for (const { block } of under.stack.inventory()) under.stack.hold({ block, layer: 0 });
    let end = await put(20);
    if (end.kind === 'stored') {
      under.stack.hold(idOf(20));
      end = await put(21);
    }
    expect(end).toEqual({ kind: 'full' });
    await under.stack.close();
  });
});

describe('raising', () => {
  it('brings a page from disk to pinned memory, and a borrower shares the read', async () => {
    const disk = newDisk();
    const under = await openStack({ device: 8, pinned: 2, disk: 100 }, disk);
    await putBlocks(under, 0, 6);
    const [block] = onDiskOnly(under, 6);
    const id = idOf(block!);
    const reads = countReads(disk);
    const raising = under.stack.raise(id, 'prefetch', never);
    const loan = await borrow(under, block!);
    expect(await raising).toEqual({ kind: 'raised' });
    expect(reads()).toBe(1);
    expect(await under.stack.raise(id, 'load', never)).toEqual({ kind: 'here' });
    loan.giveBack();
    expect(await under.stack.raise(idOf(77), 'load', never)).toEqual({ kind: 'miss' });
    await under.stack.close();
  });

  it('drops nothing that is wanted for it', async () => {
    const under = await openStack({ device: 8, pinned: 1, disk: 100 }, newDisk());
    await putBlocks(under, 0, 2);
    const [block] = onDiskOnly(under, 2);
    const loan = await borrow(under, 1 - block!);
    expect(await under.stack.raise(idOf(block!), 'load', never)).toEqual({ kind: 'full' });
    loan.giveBack();
    expect(await under.stack.raise(idOf(block!), 'load', never)).toEqual({ kind: 'raised' });
    await under.stack.close();
  });
});

describe('removing', () => {
  it('takes a page out of every tier, for good', async () => {
    const disk = newDisk();
    const under = await openStack({ device: 8, pinned: 4, disk: 100 }, disk);
    const seen: string[] = [];
    const sealed = await sealPage(under, 0, 0);
    if (sealed.kind === 'full') throw new Error('full');
    await putBlocks(under, 1, 3);
    under.stack.onInventory(({ kind, page }) => seen.push(`${kind} ${numberOf(page.block)}`));
    expect(await under.stack.remove(idOf(0))).toEqual({ kind: 'held' });
    under.stack.letGo(sealed.handle);
    under.stack.setPinnedBlocks([blockKeyOf(0)]);
    expect(await under.stack.remove(idOf(0))).toEqual({ kind: 'held' });
    under.stack.setPinnedBlocks([]);
    expect(await under.stack.remove(idOf(0))).toEqual({ kind: 'removed' });
    expect(await under.stack.remove(idOf(0))).toEqual({ kind: 'absent' });
    expect(await under.stack.remove(idOf(1))).toEqual({ kind: 'removed' });
    expect(seen).toEqual(['removed 0', 'removed 1']);
    expect(under.stack.stats().map(({ pages }) => pages)).toEqual([0, 1, 1]);
    expect([...disk.scan()]).toHaveLength(1);
    await putBlocks(under, 0, 2);
    await under.stack.close();
  });
});

describe('removing where the disk refuses', () => {
  it('says so', async () => {
    const disk = newDisk();
    const under = await openStack({ device: 8, pinned: 4, disk: 100 }, disk);
    await putBlocks(under, 0, 1);
    await under.stack.flush();
    const cause = new Error('EIO');
    disk.removeFault = { kind: 'failed', cause };
    expect(await under.stack.remove(idOf(0))).toEqual({ kind: 'failed', cause });
    expect(under.stack.has(idOf(0))).toBe(false);
    await under.stack.close();
  });
});

describe('a stack without a device', () => {
  it('stores and lends pages, and computes nothing', async () => {
    const under = await openStack({ device: 8, pinned: 2, disk: 100 }, newDisk(), { device: null });
    await putBlocks(under, 0, 8);
    for (let block = 0; block < 8; block += 1) {
      expect(await getPage(under.stack, idOf(block))).toMatchObject({ kind: 'hit', view: bytesOf(block, 0) });
    }
    expect(await under.stack.takeTail(0)).toMatchObject({ kind: 'full', tier: 'device' });
    const held = under.stack.hold(idOf(3));
    if (held.kind === 'missing') throw new Error('missing');
    expect(under.stack.use(held.handle)).toEqual({ kind: 'absent' });
    expect(under.stack.loadNow(held.handle)).toBeLessThan(0);
    expect(await under.stack.load(held.handle, { priority: 'load' })).toEqual({ kind: 'miss' });
    under.stack.letGo(held.handle);
    expect(statsOf(under.stack, 'device')).toMatchObject({ pages: 0, budgetBytes: 0 });
    await under.stack.close();
  });
});
