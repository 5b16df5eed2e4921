import { describe, expect, it } from 'vitest';
import { pageBytes, slotBytes } from '../../src/core/geometry.js';
import { PagePlanes } from '../../src/device/pagePlanes.js';
import { HeapSlab } from '../../src/memory/heapSlab.js';
import { noDiskCompression } from '../../src/tiers/codec/diskCodecs.js';
import { GroupCodec } from '../../src/tiers/codec/groupCodec.js';
import { DeviceTier } from '../../src/tiers/deviceTier.js';
import { checkDeviceBytes, leastDeviceBytes } from '../../src/tiers/leastDeviceBytes.js';
import { PinnedTier, pinnedSlotBytes } from '../../src/tiers/pinnedTier.js';
import { stagingSlots } from '../../src/tiers/stagingSlots.js';
import { workerCapacity } from '../../src/tiers/workerCapacity.js';
import { readPage, storePage, tierContract, tierContractPages } from '../contract/tierContract.js';
import { roundTrip } from './codec/codecFixtures.js';
import { SharedTwin } from './sharedTwin.js';
import { bytesOf, storedPage, tinyGeometry } from './tierFixtures.js';

function deviceOf(slots: number): DeviceTier {
  return new DeviceTier(new PagePlanes(new HeapSlab(slots * pageBytes(tinyGeometry)), tinyGeometry), 3);
}

const dispose = async () => {};

// The device keeps four of its slots for staging.
tierContract('the device', async () => ({ tier: deviceOf(tierContractPages + 4), dispose }));
tierContract('pinned memory', async () => ({
  tier: new PinnedTier(new HeapSlab(tierContractPages * slotBytes(tinyGeometry) + 1), tinyGeometry),
  dispose,
}));

describe.each(['int8', 'int4'] as const)('pinned memory in %s', (dtype) => {
  const slot = pinnedSlotBytes(tinyGeometry, dtype);
  const make = () => new PinnedTier(new HeapSlab(tierContractPages * slot), tinyGeometry, dtype);
  const codec = new GroupCodec(dtype === 'int8' ? 8 : 4, tinyGeometry);
  tierContract(
    `pinned memory in ${dtype}`,
    async () => ({ tier: make(), dispose }),
    (block) => roundTrip(codec, bytesOf(block, 0)),
  );

  it('finds bytes that changed where they lie, and those that were wrong when they came', async () => {
    const tier = make();
    await storePage(tier, 1);
    tier.view(tier.wholeSlot(1)).k[3]! ^= 1;
    expect(await readPage(tier, storedPage(1))).toMatchObject({ kind: 'corrupt' });
    const start = tier.prepareStore(storedPage(2));
    if (start.kind !== 'ready') throw new Error(start.kind);
    start.lease.write(bytesOf(3, 0));
    tier.completeStore(start.lease, true);
    expect(await readPage(tier, storedPage(2))).toMatchObject({ kind: 'corrupt' });
  });

  it('lends no slot to those who would map it', async () => {
    const tier = new PinnedTier(new SharedTwin(2), tinyGeometry, dtype);
    await storePage(tier, 1);
    expect(tier.sharedSlot(tier.wholeSlot(1))).toBe(-1);
  });
});

it('pinned memory takes a quarter and a sixth of the bytes for pages of 128 KiB', () => {
  const geometry = { ...tinyGeometry, kvHeads: 2, headDim: 32, blockTokens: 256 };
  expect(pinnedSlotBytes(geometry, 'exact')).toBe(128 * 1024);
  expect(pinnedSlotBytes(geometry, 'int8')).toBe(36 * 1024);
  expect(pinnedSlotBytes(geometry, 'int4')).toBe(20 * 1024);
});

describe('pinned memory', () => {
  it.each([null, new HeapSlab(slotBytes(tinyGeometry) - 1)])(
    'has no slots without room for one',
    async (slab) => {
      const tier = new PinnedTier(slab, tinyGeometry);
      expect([tier.slots, tier.budgetBytes]).toEqual([0, 0]);
      expect(await storePage(tier, 1)).toBe('full');
    },
  );
});

describe('the device', () => {
  it('gives zeroed tails, which count, and makes a page of one in place', () => {
    const tier = deviceOf(8);
    const dirty = tier.takeTail(0);
    tier.view(dirty).k.fill(7);
    tier.view(dirty).v.fill(7);
    tier.dropTail(dirty);
    const slot = tier.takeTail(0);
    expect(tier.view(slot).k.every((byte) => byte === 0)).toBe(true);
    expect(tier.view(slot).v.every((byte) => byte === 0)).toBe(true);
    expect([tier.usedBytes, tier.pages]).toEqual([tier.slotBytes, 0]);
    tier.adoptTail(slot, storedPage(1));
    expect([tier.usedBytes, tier.pages, tier.wholeSlot(1)]).toEqual([tier.slotBytes, 1, slot]);
    expect(() => tier.dropTail(slot)).toThrow(/no tail/);
  });

  it('takes staging slots in a ring, so that pages loaded in order lie side by side', () => {
    const tier = deviceOf(10);
    const taken: number[] = [];
    for (let block = 0; block < 6; block += 1) {
      const slot = tier.nextStaging();
      const before = tier.pageAt(slot);
      if (before >= 0) tier.remove(storedPage(before));
      tier.beginStaged(slot, block);
      tier.finish(slot, true);
      taken.push(slot);
    }
    expect(taken).toEqual([5, 6, 7, 8, 9, 5]);
    expect([tier.pages, tier.usedBytes]).toEqual([5, 5 * tier.slotBytes]);
  });

  it('gives no staging slot that is in use or being filled', () => {
    const tier = deviceOf(8);
    for (let block = 0; block < 4; block += 1) {
      const slot = tier.nextStaging();
      tier.beginStaged(slot, block);
      if (block === 0) continue;
      tier.finish(slot, true);
      if (block !== 2) tier.pin(slot);
    }
    expect(tier.nextStaging()).toBe(6);
    expect(tier.freeStaging).toBe(1);
    tier.pin(6);
    expect(tier.nextStaging()).toBe(-1);
    tier.unpin(7);
    expect(tier.nextStaging()).toBe(7);
  });

  it('keeps the bytes of a page where the planes have them', async () => {
    const tier = deviceOf(8);
    await storePage(tier, 3);
    expect(tier.view(tier.wholeSlot(3))).toEqual(bytesOf(3, 0));
  });
});

describe('the least device budget', () => {
  const layers = { from: 0, to: 3 };

  it('is a tail for each layer and four staging pages', () => {
    expect(leastDeviceBytes(tinyGeometry, layers)).toBe(7 * 256);
    expect(() => checkDeviceBytes(tinyGeometry, layers, 7 * 256)).not.toThrow();
    expect(() => checkDeviceBytes(tinyGeometry, layers, 7 * 256 - 1)).toThrow(
      /least of 1.75 KiB \(1792 bytes\)/,
    );
  });

  it('keeps three quarters of what tails leave for staging, 4 slots at least and 16 at most', () => {
    expect([7, 9, 13, 23, 51, 10_000].map((slots) => stagingSlots(slots, 3))).toEqual([4, 4, 7, 15, 16, 16]);
  });

  it('leaves a hot slot for the tail of every layer at the least budget', () => {
    for (let layers = 1; layers <= 200; layers += 1) {
      expect(layers + 4 - stagingSlots(layers + 4, layers)).toBe(layers);
    }
  });

  it('leaves one for every layer of several sequences, and a page less does not', () => {
    for (const sequences of [1, 2, 3, 7, 16]) {
      const least = leastDeviceBytes(tinyGeometry, layers, sequences);
      const tails = (device: number) =>
        workerCapacity(tinyGeometry, layers, { device, pinned: 0, disk: 0 }, noDiskCompression).tailPages;
      expect(tails(least)).toBeGreaterThanOrEqual(sequences * 3);
      expect(tails(least - 256)).toBeLessThan(sequences * 3);
    }
  });
});
