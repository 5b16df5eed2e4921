import { describe, expect, it } from 'vitest';
import { FixedResidency } from '../../src/policy/fixedResidency.js';
import { LruResidency } from '../../src/policy/lruResidency.js';
import type { ResidencyPolicy } from '../../src/policy/policy.js';
import { DevicePlaces } from '../../src/tiers/devicePlaces.js';
import { PageRecords } from '../../src/tiers/pageRecords.js';
import type { TierPolicy } from '../../src/tiers/pageTableOptions.js';
import { pageColumnsOf } from '../../src/tiers/tierColumns.js';
import { blockKeyOf, testCosts } from './tierFixtures.js';

function beginningWith(residency: ResidencyPolicy): TierPolicy<ResidencyPolicy> {
  const policy = { name: 'tested', make: () => residency };
  return { policy, last: policy, failed: () => {} };
}

/** Pages of layers 2 and 3 that a sequence holds, `blocks` of each, in the order in which a step reads them. */
function opened(hotSlots: number, blocks: readonly number[], residency: ResidencyPolicy) {
  const records = new PageRecords({ from: 2, to: 2 + blocks.length });
  const places = new DevicePlaces(
    hotSlots,
    records,
    pageColumnsOf(records, testCosts, () => null),
    beginningWith(residency),
  );
  const pages = blocks.flatMap((count, index) =>
    Array.from({ length: count }, (_, block) =>
      records.add({ block: blockKeyOf(block), layer: 2 + index }, block, 0n),
    ),
  );
  for (const page of pages) records.hold(page);
  return { records, places, pages };
}

/** Offers every page once and loads those that are to stay; how many do, by layer. */
function admitted({ records, places, pages }: ReturnType<typeof opened>): Record<number, number> {
  const stay: Record<number, number> = {};
  for (const page of pages) {
    if (!places.admits(page, () => true)) continue;
    places.expectHot(page);
    places.arrive(page, true);
    const layer = records.layerOf(page);
    stay[layer] = (stay[layer] ?? 0) + 1;
  }
  return stay;
}

describe('hot slots', () => {
  it('are shared among the layers by what each has to read', () => {
    expect(admitted(opened(8, [20, 20], new FixedResidency()))).toEqual({ 2: 4, 3: 4 });
    expect(admitted(opened(10, [40, 10], new FixedResidency()))).toEqual({ 2: 8, 3: 2 });
    expect(admitted(opened(64, [20, 4], new FixedResidency()))).toEqual({ 2: 20, 3: 4 });
  });

  it('leave a layer whose pages left them to its next ones', () => {
    const device = opened(8, [20, 20], new FixedResidency());
    admitted(device);
    device.places.remove(device.pages[0]!);
    expect(device.places.admits(device.pages[25]!, () => true)).toBe(false);
    expect(device.places.admits(device.pages[9]!, () => true)).toBe(true);
  });

  it('are for whoever comes where the policy says so', () => {
    const { places, pages } = opened(2, [20, 20], new LruResidency());
    expect(pages.slice(0, 5).every((page) => places.admits(page, () => true))).toBe(true);
  });

  it('are free for pages that no sequence holds', () => {
    const { records, places } = opened(2, [20, 20], new FixedResidency());
    const page = records.add({ block: blockKeyOf(99), layer: 2 }, 99, 0n);
    expect(places.admits(page, () => true)).toBe(true);
  });
});
