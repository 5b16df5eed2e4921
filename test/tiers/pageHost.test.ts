import { describe, expect, it } from 'vitest';
import { pageKey } from '../../src/core/pageId.js';
import { copyPage } from '../../src/core/pageView.js';
import { pageChecksum } from '../../src/transfer/checksum.js';
import { damageRecord } from './faultyDisk.js';
import { borrow, countReads, never, onDiskOnly, putBlocks, reserve, sealOf } from './hostFixtures.js';
import { SharedTwin } from './sharedTwin.js';
import { getPage, idOf, newDisk, openStack, putPage, sealPage, statsOf } from './stackFixtures.js';
import { blockKeyOf, bytesOf, numberOf, tinyHalfBytes } from './tierFixtures.js';

const pageBytes = 2 * tinyHalfBytes;

describe('borrowing', () => {
  it('lends what is in memory in the same turn, where it lies', async () => {
    const pinned = new SharedTwin(4);
    const under = await openStack({ device: 8, pinned: 0, disk: 100 }, newDisk(), { pinned });
    await putBlocks(under, 0, 1);
    const borrowed = under.stack.borrow(idOf(0), never);
    if (!('kind' in borrowed) || borrowed.kind !== 'borrowed') throw new Error('not in the same turn');
    const { loan } = borrowed;
    expect(loan).toMatchObject({ ...sealOf(0), id: idOf(0), generation: 1 });
    expect(loan.view.k.buffer).toBe(pinned.view(0, 1).buffer);
    expect(loan.view).toEqual(bytesOf(0, 0));
    loan.giveBack();
    expect(() => loan.giveBack()).toThrow(/twice/);
    expect(await under.stack.borrow(idOf(1), never)).toEqual({ kind: 'miss' });
    await under.stack.close();
  });

  it('tells who can map the slot when other bytes come to it', async () => {
    const pinned = new SharedTwin(1);
    const under = await openStack({ device: 8, pinned: 0, disk: 100 }, newDisk(), { pinned });
    await putBlocks(under, 0, 1);
    const loan = await borrow(under, 0);
    expect([loan.sharedSlot, loan.generation]).toEqual([0, pinned.generation(0)]);
    loan.giveBack();
    await putBlocks(under, 1, 2);
    expect(pinned.generation(0)).toBe(loan.generation + 1);
    expect(pinned.bytesAtAdvance.at(-1)).toEqual(bytesOf(0, 0).k);
    await under.stack.close();
  });

  it('neither drops nor overwrites what is lent, whatever else comes', async () => {
    const pinned = new SharedTwin(3);
    const under = await openStack({ device: 8, pinned: 0, disk: 100 }, newDisk(), { pinned });
    await putBlocks(under, 0, 2);
    const sealed = await sealPage(under, 90, 0);
    if (sealed.kind === 'full') throw new Error('full');
    const loans = await Promise.all([0, 1, 90].map((block) => borrow(under, block)));
    const again = await borrow(under, 1);
    again.giveBack();
    await putBlocks(under, 2, 30);
    for (let block = 40; block < 60; block += 1) {
      const other = await sealPage(under, block, 0);
      if (other.kind !== 'full') under.stack.letGo(other.handle);
    }
    for (const { id, view, sharedSlot, generation } of loans) {
      expect(view).toEqual(bytesOf(numberOf(id.block), 0));
      if (sharedSlot >= 0) expect(pinned.generation(sharedSlot)).toBe(generation);
      expect(await under.stack.remove(id)).toEqual({ kind: 'held' });
    }
    for (const loan of loans) loan.giveBack();
    await putBlocks(under, 60, 70);
    expect(onDiskOnly(under, 2)).toEqual([0, 1]);
    await under.stack.close();
  });

  it('reads a page on disk once for all who borrow it at once, and raises it where there is room', async () => {
    const disk = newDisk();
    const under = await openStack({ device: 8, pinned: 2, disk: 100 }, disk);
    await putBlocks(under, 0, 6);
    const [block] = onDiskOnly(under, 6);
    const reads = countReads(disk);
    const loans = await Promise.all([1, 2, 3].map(() => borrow(under, block!)));
    expect(reads()).toBe(1);
    for (const loan of loans) expect(loan.view).toEqual(bytesOf(block!, 0));
    expect(under.stack.explain(blockKeyOf(block!))[0]?.tiers).toContain('pinned');
    for (const loan of loans) loan.giveBack();
    await under.stack.close();
  });

  it('lends out of buffers when pinned memory is taken, a bounded number of them', async () => {
    const disk = newDisk();
    const bounds = { lentBufferBytesMax: 2 * pageBytes, retryAfterMs: 9 };
    const under = await openStack({ device: 8, pinned: 0, disk: 100 }, disk, { bounds });
    await putBlocks(under, 0, 4);
    const reads = countReads(disk);
    const loans = await Promise.all([0, 0, 1].map((block) => borrow(under, block)));
    expect(loans.map(({ sharedSlot }) => sharedSlot)).toEqual([-1, -1, -1]);
    expect(reads()).toBe(2);
    expect(await under.stack.borrow(idOf(2), never)).toEqual({ kind: 'throttled', retryAfterMs: 9 });
    const [first, second, third] = loans;
    first!.giveBack();
    expect(await under.stack.borrow(idOf(2), never)).toMatchObject({ kind: 'throttled' });
    second!.giveBack();
    const later = await borrow(under, 2);
    expect([later.view, third!.view]).toEqual([bytesOf(2, 0), bytesOf(1, 0)]);
    later.giveBack();
    third!.giveBack();
    await under.stack.close();
  });

  it('tells a page that is wrong from one that cannot be read and one that is not there', async () => {
    const disk = newDisk();
    const under = await openStack({ device: 8, pinned: 0, disk: 100 }, disk);
    await putBlocks(under, 0, 2);
    disk.readFault = { kind: 'failed', cause: new Error('EIO') };
    expect(await under.stack.borrow(idOf(0), never)).toMatchObject({ kind: 'failed' });
    disk.readFault = null;
    await damageRecord(disk, pageKey(idOf(0)), (payload, meta) => {
      payload[5]! ^= 4;
      return { payload, meta };
    });
    expect(await under.stack.borrow(idOf(0), never)).toMatchObject({ kind: 'corrupt' });
    expect(await under.stack.borrow(idOf(0), never)).toEqual({ kind: 'miss' });
    await putBlocks(under, 2, 5);
    for (const block of [1, 2, 3, 4]) {
      expect(await getPage(under.stack, idOf(block))).toMatchObject({ view: bytesOf(block, 0) });
    }
    await under.stack.close();
  });

  it('cancels who gives up, and does not keep the page for it', async () => {
    const under = await openStack({ device: 8, pinned: 0, disk: 100 }, newDisk());
    await putBlocks(under, 0, 1);
    const quit = new AbortController();
    const quitter = under.stack.borrow(idOf(0), quit.signal);
    quit.abort();
    expect(await quitter).toEqual({ kind: 'cancelled' });
    expect(await under.stack.borrow(idOf(0), quit.signal)).toEqual({ kind: 'cancelled' });
    await under.stack.flush();
    expect(await getPage(under.stack, idOf(0))).toMatchObject({ kind: 'hit' });
    expect(await under.stack.remove(idOf(0))).toEqual({ kind: 'removed' });
    await under.stack.close();
  });

  it('waits with closing until everything lent is back', async () => {
    const under = await openStack({ device: 8, pinned: 2, disk: 100 }, newDisk());
    await putBlocks(under, 0, 1);
    const loan = await borrow(under, 0);
    const room = reserve(under, 1);
    let isClosed = false;
    const closing = under.stack.close().then(() => {
      isClosed = true;
    });
    expect(under.stack.borrow(idOf(0), never)).toEqual({ kind: 'cancelled' });
    expect(under.stack.reserve(idOf(5), sealOf(5), never)).toEqual({ kind: 'cancelled' });
    loan.giveBack();
    await new Promise(setImmediate);
    expect(isClosed).toBe(false);
    room.abandon();
    await closing;
    expect(isClosed).toBe(true);
  });
});

describe('reserving', () => {
  for (const pinned of [0, 2]) {
    const where = pinned === 0 ? 'on disk' : 'in pinned memory';

    it(`leaves nothing behind of wrong bytes that were to lie ${where}`, async () => {
      const disk = newDisk();
      const under = await openStack({ device: 8, pinned, disk: 100 }, disk);
      const seen: string[] = [];
      under.stack.onInventory(({ kind }) => seen.push(kind));
      const room = reserve(under, 1);
      copyPage(bytesOf(2, 0), room.view);
      expect(await room.complete()).toEqual({ kind: 'corrupt' });
      expect(() => room.abandon()).toThrow(/twice/);
      reserve(under, 1).abandon();
      await under.stack.flush();
      expect([seen, [...under.stack.inventory()], [...disk.scan()]]).toEqual([[], [], []]);
      expect(statsOf(under.stack, 'pinned').usedBytes).toBe(0);
      expect(under.stack.borrow(idOf(1), never)).toEqual({ kind: 'miss' });
      await putBlocks(under, 1, 2);
      await under.stack.close();
    });

    it(`shows a page ${where} only when it is complete, to one of two who bring it`, async () => {
      const under = await openStack({ device: 8, pinned, disk: 100 }, newDisk());
      const room = reserve(under, 1);
      expect(under.stack.has(idOf(1))).toBe(false);
      expect(under.stack.reserve(idOf(1), sealOf(1), never)).toMatchObject({ kind: 'throttled' });
      expect(await under.stack.remove(idOf(1))).toMatchObject({ kind: pinned === 0 ? 'absent' : 'held' });
      copyPage(bytesOf(1, 0), room.view);
      expect(await room.complete()).toEqual({ kind: 'stored' });
      expect(under.stack.reserve(idOf(1), sealOf(1), never)).toEqual({ kind: 'present' });
      expect(await getPage(under.stack, idOf(1))).toMatchObject({ kind: 'hit', view: bytesOf(1, 0) });
      await under.stack.close();
    });

    it(`takes what a sequence has sealed meanwhile for the page that was to lie ${where}`, async () => {
      const under = await openStack({ device: 8, pinned, disk: 100 }, newDisk());
      const room = reserve(under, 1);
      expect(await sealPage(under, 1, 0)).toMatchObject({ kind: 'sealed' });
      copyPage(bytesOf(1, 0), room.view);
      expect(await room.complete()).toEqual({ kind: 'stored' });
      expect(await getPage(under.stack, idOf(1))).toMatchObject({ kind: 'hit', view: bytesOf(1, 0) });
      await under.stack.close();
    });

    it(`keeps what was sealed meanwhile where other bytes were to lie ${where}`, async () => {
      const under = await openStack({ device: 8, pinned, disk: 100 }, newDisk());
      const other = bytesOf(2, 0);
      const seal = { blockIndex: 1, checksum: pageChecksum(other) };
      const reserved = await under.stack.reserve(idOf(1), seal, never);
      if (reserved.kind !== 'room') throw new Error(reserved.kind);
      expect(await sealPage(under, 1, 0)).toMatchObject({ kind: 'sealed' });
      copyPage(other, reserved.room.view);
      expect(await reserved.room.complete()).toEqual({ kind: 'stored' });
      await under.stack.flush();
      expect(await getPage(under.stack, idOf(1))).toMatchObject({ ...sealOf(1), view: bytesOf(1, 0) });
      await under.stack.close();
    });
  }

  it('is bounded in bytes over all that is not complete', async () => {
    const bounds = { reservedBytesMax: 3 * pageBytes };
    const under = await openStack({ device: 8, pinned: 2, disk: 100 }, newDisk(), { bounds });
    const rooms = [0, 1, 2].map((block) => reserve(under, block));
    expect(under.stack.reserve(idOf(3), sealOf(3), never)).toMatchObject({ kind: 'throttled' });
    rooms[1]!.abandon();
    const last = reserve(under, 3);
    for (const room of [rooms[0]!, rooms[2]!, last]) room.abandon();
    await putBlocks(under, 0, 8);
    await under.stack.close();
  });

  it('says that a disk which takes no more has failed, and keeps nothing of the page', async () => {
    const disk = newDisk();
    const under = await openStack({ device: 8, pinned: 0, disk: 100 }, disk);
    disk.publishFault = { kind: 'failed', cause: new Error('EIO') };
    expect(await putPage(under.stack, idOf(0), 0, bytesOf(0, 0))).toMatchObject({ kind: 'failed' });
    expect(under.stack.has(idOf(0))).toBe(false);
    expect(await putPage(under.stack, idOf(0), 0, bytesOf(0, 0))).toEqual({ kind: 'full' });
    await under.stack.close();
  });
});
