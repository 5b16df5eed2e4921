import { describe, expect, it } from 'vitest';
import { pageKey } from '../../src/core/pageId.js';
import type { PageView } from '../../src/core/pageView.js';
import { LinkDouble } from '../../src/device/linkDouble.js';
import { SimulatedClock } from '../../src/simulate/simulatedClock.js';
import { GroupCodec } from '../../src/tiers/codec/groupCodec.js';
import { groupCodecOf, type LossyDtype, type TierDtype } from '../../src/tiers/codec/tierDtype.js';
import type { TierStackOptions } from '../../src/tiers/stackOptions.js';
import { notInMemory, onItsWay } from '../../src/tiers/tierStack.js';
import { pageChecksum } from '../../src/transfer/checksum.js';
import { roundTrip } from './codec/codecFixtures.js';
import { never } from './hostFixtures.js';
import { SharedTwin } from './sharedTwin.js';
import {
  fetchPage,
  getPage,
  idOf,
  newDisk,
  openStack,
  putPage,
  type StackUnderTest,
  sealBlocks,
  sealBlocksElsewhere,
  sealPage,
  slotBytesNow,
  statsOf,
} from './stackFixtures.js';
import { blockKeyOf, bytesOf, tinyGeometry } from './tierFixtures.js';

interface Sizes {
  readonly device: number;
  readonly pinned: number;
}

/** Pinned memory of int8 above a disk of `dtype`; 32 pages of the disk fit. */
function open(
  sizes: Sizes,
  dtype: TierDtype,
  disk = newDisk(),
  more: Partial<TierStackOptions> = {},
): Promise<StackUnderTest> {
  return openStack({ ...sizes, disk: 32 }, disk, {
    pinnedDtype: 'int8',
    disk: { disk, budgetBytes: 32 * 1024, compression: { dtype, packing: 'none' } },
    ...more,
  });
}

/** What page `block` of layer 0 becomes by way of tiers that are so precise. */
function convertedOf(block: number, ...dtypes: LossyDtype[]): PageView {
  return dtypes.reduce(
    (page, dtype) => roundTrip(groupCodecOf(dtype, tinyGeometry, 'pinned'), page),
    bytesOf(block, 0),
  );
}

const hitOf = (view: PageView, blockIndex = 0) => ({
  kind: 'hit',
  view,
  checksum: pageChecksum(view),
  blockIndex,
});

/** Takes a sealed page off the device: others take all of its slots. */
async function leaveDevice(under: StackUnderTest): Promise<void> {
  for (const other of await sealBlocksElsewhere(under)) under.stack.letGo(other);
}

/** What another run, without pinned memory, finds on the disk. */
async function foundBy(disk: ReturnType<typeof newDisk>, pinnedDtype: TierDtype): Promise<unknown> {
  const under = await open({ device: 8, pinned: 0 }, 'exact', disk, { pinnedDtype });
  const found = await getPage(under.stack, idOf(0));
  await under.stack.close();
  return found;
}

describe.each(['boundary', 'always'] as const)(
  'pages in pinned memory in int8, verified at each %s',
  (verify) => {
    it('are exact on the device and close when they come back to it; the disk keeps the exact one', async () => {
      const disk = newDisk();
      const under = await open({ device: 8, pinned: 8 }, 'exact', disk, { verify });
      const { stack } = under;
      const [handle] = await sealBlocks(under, 1);
      expect(stack.explain(blockKeyOf(0))[0]?.tiers).toEqual(['device', 'pinned']);
      expect(await getPage(stack, idOf(0))).toEqual(hitOf(bytesOf(0, 0)));
      await stack.flush();
      await leaveDevice(under);
      const converted = convertedOf(0, 'int8');
      for (let round = 0; round < 3; round += 1) {
        expect(await getPage(stack, idOf(0))).toEqual(hitOf(converted));
        const loaded = await fetchPage(stack, handle!);
        if (loaded.kind !== 'hit') throw new Error(loaded.kind);
        expect(loaded.from).toBe(round === 0 ? 'pinned' : 'device');
        expect(slotBytesNow(under, loaded.slot)).toEqual(converted);
        stack.doneWith(loaded.slot);
      }
      expect(under.warnings).toEqual([]);
      await stack.close();
      expect(await foundBy(disk, 'int8')).toEqual(hitOf(bytesOf(0, 0)));
      // It may have been computed from pages that lost bits.
      expect(await foundBy(disk, 'exact')).toEqual({ kind: 'miss' });
    });

    it('are written to disk as what they are where nothing else is left of them', async () => {
      const disk = newDisk();
      const under = await open({ device: 8, pinned: 8 }, 'exact', disk, { verify });
      expect(await putPage(under.stack, idOf(0), 0, bytesOf(0, 0))).toEqual({ kind: 'stored' });
      await under.stack.flush();
      expect(under.stack.explain(blockKeyOf(0))[0]?.tiers).toEqual(['pinned', 'disk']);
      await under.stack.close();
      expect(await foundBy(disk, 'exact')).toEqual({ kind: 'miss' });
      const again = await open({ device: 8, pinned: 0 }, 'exact', disk, { verify });
      expect(await getPage(again.stack, idOf(0))).toEqual(hitOf(convertedOf(0, 'int8')));
      expect(again.warnings).toEqual([]);
      await again.stack.close();
    });

    it('are not exact again when a device has a copy and the disk loses its own', async () => {
      const disk = newDisk();
      const clock = new SimulatedClock();
      const scrub = { bytesPerSecond: 1_000_000, startDelayMs: 1000 };
      const under = await open({ device: 8, pinned: 1 }, 'exact', disk, { verify, clock, scrub });
      const { stack } = under;
      await putPage(stack, idOf(0), 0, bytesOf(0, 0));
      await stack.flush();
      const held = stack.hold(idOf(0));
      if (held.kind !== 'held') throw new Error(held.kind);
      const loaded = await fetchPage(stack, held.handle);
      if (loaded.kind !== 'hit') throw new Error(loaded.kind);
      // Another page takes its place in pinned memory, and the scrubber finds that the disk has it no more.
      await putPage(stack, idOf(1), 1, bytesOf(1, 0));
      await stack.flush();
      await disk.remove([pageKey(idOf(0))]);
      await clock.advance(2000);
      stack.doneWith(loaded.slot);
      await stack.flush();
      expect(stack.explain(blockKeyOf(0))[0]?.tiers).toEqual(['device', 'disk']);
      expect(await getPage(stack, idOf(0))).toEqual(hitOf(convertedOf(0, 'int8')));
      await stack.close();
      expect(await foundBy(disk, 'exact')).toEqual({ kind: 'miss' });
      expect(await foundBy(disk, 'int8')).toEqual(hitOf(convertedOf(0, 'int8')));
    });

    it('go to a disk that keeps less as that keeps them, and come back from it', async () => {
      const disk = newDisk();
      const under = await open({ device: 8, pinned: 1 }, 'int4', disk, { verify });
      const { stack } = under;
      for (const block of [0, 1]) {
        await putPage(stack, idOf(block), block, bytesOf(block, 0));
        await stack.flush();
      }
      expect(stack.whereIs(idOf(0))).toBe('disk');
      expect(await getPage(stack, idOf(0))).toEqual(hitOf(convertedOf(0, 'int8', 'int4', 'int8')));
      expect(under.warnings).toEqual([]);
      await stack.close();
    });
  },
);

describe('pages in pinned memory in int8', () => {
  it('go to an int8 disk and come back from it as they lie', async () => {
    const disk = newDisk();
    const pinned = new SharedTwin(1);
    const under = await open({ device: 8, pinned: 0 }, 'int8', disk, { pinned });
    const { stack } = under;
    const codec = new GroupCodec(8, tinyGeometry);
    await putPage(stack, idOf(0), 0, bytesOf(0, 0));
    await stack.flush();
    const lay = Uint8Array.from(pinned.view(0, codec.encodedBytes));
    const record = new Uint8Array(codec.encodedBytes);
    await disk.read(pageKey(idOf(0)), [record]);
    expect(record).toEqual(lay);
    await putPage(stack, idOf(1), 1, bytesOf(1, 0));
    await stack.flush();
    expect(stack.whereIs(idOf(0))).toBe('disk');
    const readLengths: number[] = [];
    const { read } = disk;
    disk.read = (key, into) => {
      readLengths.push(...into.map(({ length }) => length));
      return read(key, into);
    };
    expect(await stack.raise(idOf(0), 'load', never)).toEqual({ kind: 'raised' });
    expect(readLengths).toEqual([codec.encodedBytes]);
    expect(Uint8Array.from(pinned.view(0, codec.encodedBytes))).toEqual(lay);
    expect(await getPage(stack, idOf(0))).toEqual(hitOf(convertedOf(0, 'int8')));
    await stack.close();
  });

  it('are lent out of buffers, and wait for one where all are lent', async () => {
    const pinned = new SharedTwin(4);
    const bounds = { lentBufferBytesMax: 1 };
    const under = await open({ device: 8, pinned: 0 }, 'exact', newDisk(), { pinned, bounds });
    const { stack } = under;
    for (const block of [0, 1]) await putPage(stack, idOf(block), block, bytesOf(block, 0));
    const first = await stack.borrow(idOf(0), never);
    const again = await stack.borrow(idOf(0), never);
    if (first.kind !== 'borrowed' || again.kind !== 'borrowed') throw new Error('not lent');
    expect([first.loan.sharedSlot, again.loan.sharedSlot]).toEqual([-1, -1]);
    expect(again.loan.view).toBe(first.loan.view);
    expect(first.loan.view.k.buffer).not.toBe(pinned.view(0, 1).buffer);
    expect(await stack.borrow(idOf(1), never)).toMatchObject({ kind: 'throttled' });
    first.loan.giveBack();
    again.loan.giveBack();
    expect(await getPage(stack, idOf(1))).toEqual(hitOf(convertedOf(1, 'int8'), 1));
    await stack.close();
  });

  it('are counted by what they take', async () => {
    const under = await open({ device: 8, pinned: 4 }, 'exact');
    for (const block of [0, 1]) await putPage(under.stack, idOf(block), block, bytesOf(block, 0));
    expect(statsOf(under.stack, 'pinned')).toMatchObject({
      pages: 2,
      usedBytes: 2 * 4096,
      budgetBytes: 4 * 4096,
    });
    await under.stack.close();
  });

  it('are taken from the disk instead once they are wrong in memory', async () => {
    const pinned = new SharedTwin(1);
    const under = await open({ device: 8, pinned: 0 }, 'exact', newDisk(), { pinned });
    const { stack } = under;
    const sealed = await sealPage(under, 0, 0);
    if (sealed.kind === 'full') throw new Error('full');
    await stack.flush();
    pinned.view(0, 1)[0]! ^= 1;
    await leaveDevice(under);
    const found = stack.explain(blockKeyOf(0))[0];
    expect(found?.tiers).toContain('disk');
    const loaded = await stack.load(sealed.handle, { priority: 'load' });
    expect(loaded).toMatchObject({ kind: 'hit' });
    if (loaded.kind !== 'hit') throw new Error(loaded.kind);
    expect(slotBytesNow(under, loaded.slot)).toEqual(bytesOf(0, 0));
    stack.doneWith(loaded.slot);
    await stack.close();
  });

  it('are found by the scrubber when they are wrong', async () => {
    const clock = new SimulatedClock();
    const pinned = new SharedTwin(4);
    const scrub = { bytesPerSecond: 1_000_000, startDelayMs: 1000 };
    const under = await open({ device: 8, pinned: 0 }, 'exact', newDisk(), { clock, pinned, scrub });
    for (const block of [0, 1]) await putPage(under.stack, idOf(block), block, bytesOf(block, 0));
    await under.stack.flush();
    pinned.view(0, 1)[0]! ^= 1;
    await clock.advance(5000);
    expect(under.warnings).toEqual(['a page in pinned memory is corrupt and was removed']);
    expect(statsOf(under.stack, 'pinned')).toMatchObject({ corrupt: 1, pages: 1 });
    await under.stack.close();
  });

  it('are never made of bytes that are wrong on the device', async () => {
    const under = await open({ device: 8, pinned: 1 }, 'exact', newDisk(), { disk: null });
    const { stack } = under;
    // The one place in pinned memory is taken by a page that may not go, until the device is full.
    await putPage(stack, idOf(7), 7, bytesOf(7, 0));
    const held = stack.hold(idOf(7));
    await sealBlocks(under, 4);
    for (let slot = 0; slot < 4; slot += 1) under.device.page(slot).k[0]! ^= 1;
    if (held.kind === 'held') stack.letGo(held.handle);
    const tail = await stack.takeTail(0);
    if (tail.kind === 'slot') stack.dropTail(tail.slot);
    expect(statsOf(stack, 'device').corrupt).toBe(1);
    expect(statsOf(stack, 'pinned').pages).toBe(0);
    await stack.close();
  });

  it('cross a link that takes time as they lie', async () => {
    const clock = new SimulatedClock();
    const after = (delayMs: number, fire: () => void) => void clock.setTimer(delayMs, fire);
    const link = new LinkDouble({ bytesPerSecond: 80_000, latencyUs: 0, clock, after });
    const under = await open({ device: 8, pinned: 4 }, 'exact', newDisk(), { clock, link });
    const { stack } = under;
    await putPage(stack, idOf(0), 0, bytesOf(0, 0));
    const held = stack.hold(idOf(0));
    if (held.kind !== 'held') throw new Error(held.kind);
    const landed = new Promise<number>((resolve) => {
      expect(stack.loadNow(held.handle, resolve)).toBe(onItsWay);
    });
    const slot = await clock.run(landed);
    expect(clock.monotonicMs()).toBeCloseTo(1, 6);
    expect(link.figures.crossedBytes).toBe(80);
    expect(slotBytesNow(under, slot)).toEqual(convertedOf(0, 'int8'));
    expect(stack.loadNow(held.handle)).not.toBe(notInMemory);
    stack.doneWith(slot);
    stack.doneWith(slot);
    stack.letGo(held.handle);
    await stack.close();
  });
});
