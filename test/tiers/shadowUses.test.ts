import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { BlockKey } from '../../src/core/blockKey.js';
import { retentionPolicies } from '../../src/policy/retentionPolicies.js';
import { SimulatedRandom } from '../../src/simulate/simulatedRandom.js';
import { PageRecords } from '../../src/tiers/pageRecords.js';
import { PageRequests } from '../../src/tiers/pageRequest.js';
import { ShadowUses } from '../../src/tiers/shadowUses.js';
import { UsedBlocks } from '../../src/tiers/usedBlocks.js';

const policies = Object.entries(retentionPolicies).map(([name, make]) => ({ name, make }));
const keyOf = (number: number) => createHash('sha256').update(String(number)).digest('hex') as BlockKey;

/** Numbers of blocks of which few come often. */
function blocksUsed(blocks: number, uses: number): number[] {
  const random = new SimulatedRandom(3);
  return Array.from({ length: uses }, () => Math.floor(blocks * (random.integer(0, 99_999) / 100_000) ** 2));
}

/** What shadows make of them; every block stays in the records. */
function seen(capacityBlocks: number, blocks: number, uses: number) {
  const records = new PageRecords({ from: 0, to: 1 });
  const shadows = new ShadowUses({ policies, capacityBlocks, now: () => 0, blockTokens: 16, bytes: 100 });
  const all = new UsedBlocks(records, [shadows]);
  const requests = new PageRequests();
  const handles = Array.from({ length: blocks }, (_, block) =>
    records.blockOf(records.add({ block: keyOf(block), layer: 0 }, 0, 0n)),
  );
  for (const [use, block] of blocksUsed(blocks, uses).entries())
    all.use(handles[block]!, requests.next('prefill'), use, true);
  return shadows.figures();
}

function lruHitRate(numbers: readonly number[], capacity: number): number {
  const cache = new Set<number>();
  let hits = 0;
  for (const number of numbers) {
    if (cache.delete(number)) hits += 1;
    else if (cache.size === capacity) cache.delete(cache.values().next().value ?? -1);
    cache.add(number);
  }
  return hits / numbers.length;
}

describe('sampled shadows', () => {
  it('look at a share of the blocks and tell the hit rate of a whole cache from it', () => {
    const { rate, capacityBlocks, uses, policies: sampled, missRatios } = seen(16_384, 40_000, 120_000);
    expect(rate).toBe(1 / 32);
    expect(capacityBlocks).toBe(16_384);
    expect(uses).toBeLessThan(120_000 / 16);
    const lru = sampled.find(({ name }) => name === 'lru')!;
    const whole = lruHitRate(blocksUsed(40_000, 120_000), 16_384);
    expect(Math.abs(lru.hits / uses - whole)).toBeLessThan(0.03);
    const curve = missRatios.find((one) => one.capacityBlocks === 16_384)!;
    expect(Math.abs(1 - curve.missRatio - whole)).toBeLessThan(0.05);
  });

  it('look at all blocks where few fit, and in a cache of all of them miss only the first uses', () => {
    const { rate, uses, policies: all } = seen(512, 500, 5000);
    expect({ rate, uses }).toEqual({ rate: 1, uses: 5000 });
    const first = new Set(blocksUsed(500, 5000)).size;
    expect(all.length).toBeGreaterThan(1);
    for (const { name, hits } of all) expect({ name, hits }).toEqual({ name, hits: uses - first });
  });
});
