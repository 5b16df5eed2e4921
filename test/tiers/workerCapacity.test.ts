import { describe, expect, it } from 'vitest';
import { type Geometry, pageBytes } from '../../src/core/geometry.js';
import { noDiskCompression } from '../../src/tiers/codec/diskCodecs.js';
import { pinnedSlotBytes } from '../../src/tiers/pinnedTier.js';
import { stagingSlots } from '../../src/tiers/stagingSlots.js';
import { workerCapacity } from '../../src/tiers/workerCapacity.js';

const full = { kind: 'full', rope: true } as const;
const geometry: Geometry = {
  layers: [full, full, full],
  kvHeads: 2,
  headDim: 64,
  dtype: 'f32',
  blockTokens: 256,
  layoutVersion: 1,
};
const page = pageBytes(geometry);
const range = { from: 0, to: 3 };

describe('workerCapacity', () => {
  it('adds up the tiers, and leaves out what pages stream through', () => {
    const budgetBytes = { device: 20 * page, pinned: 7.9 * page, disk: 100 * page };
    const tailPages = 20 - stagingSlots(20, 3);
    const found = workerCapacity(geometry, range, budgetBytes, noDiskCompression);
    expect(found).toEqual({ livePages: tailPages + 7 + 100, tailPages });
  });

  it('counts what a dtype is sure to save on disk, and not what packing may save', () => {
    const budgetBytes = { device: 20 * page, pinned: 0, disk: 100 * page };
    const pagesWith = (dtype: 'exact' | 'int8', packing: 'none' | 'shuffle') => {
      const { livePages, tailPages } = workerCapacity(geometry, range, budgetBytes, { dtype, packing });
      return livePages - tailPages;
    };
    expect(pagesWith('exact', 'shuffle')).toBe(100);
    expect(pagesWith('int8', 'none')).toBeGreaterThan(350);
  });

  it('counts what a dtype saves in pinned memory', () => {
    const budgetBytes = { device: 0, pinned: 100 * page, disk: 0 };
    const found = workerCapacity(geometry, range, budgetBytes, noDiskCompression, 'int8');
    expect(found.livePages).toBe(Math.floor((100 * page) / pinnedSlotBytes(geometry, 'int8')));
    expect(found.livePages).toBeGreaterThan(350);
  });

  it('has no growing pages in a store', () => {
    const budgetBytes = { device: 0, pinned: 5 * page, disk: 0 };
    expect(workerCapacity(geometry, range, budgetBytes, noDiskCompression)).toEqual({
      livePages: 5,
      tailPages: 0,
    });
  });
});
