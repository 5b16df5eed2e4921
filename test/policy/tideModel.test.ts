import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ageBuckets, TideAges } from '../../src/policy/tideAges.js';
import { TideGhosts } from '../../src/policy/tideGhosts.js';
import { TideHazard } from '../../src/policy/tideHazard.js';
import { TideIndex } from '../../src/policy/tideIndex.js';
import { TidePasts } from '../../src/policy/tidePasts.js';
import { TideSamples } from '../../src/policy/tideSamples.js';
import { blockRoles, packTraits, traitOf } from '../../src/policy/tideTraits.js';
import { VictimPool } from '../../src/policy/victimPool.js';

const once = packTraits({
  uses: 1,
  role: blockRoles.fresh,
  isLast: false,
  requestBlocks: 4,
  gap: 0,
  newBlocks: 4,
});
const often = packTraits({
  uses: 9,
  role: blockRoles.continued,
  isLast: false,
  requestBlocks: 4,
  gap: 3,
  newBlocks: 0,
});

describe('ages', () => {
  it('lie in the bucket that begins at or before them and ends after them', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1e6 }), fc.integer({ min: 0, max: 1e6 }), (capacity, age) => {
        const ages = new TideAges(capacity);
        const bucket = ages.bucketOf(age);
        expect(ages.begin(bucket)).toBeLessThanOrEqual(age);
        if (bucket < ageBuckets - 1) expect(age).toBeLessThan(ages.begin(bucket) + ages.width(bucket));
      }),
    );
  });
});

describe('traits', () => {
  it('come out of their bits as they went in', () => {
    expect([0, 1, 2, 3, 4, 5].map((trait) => traitOf(often, trait))).toEqual([9, 2, 0, 3, 3, 0]);
  });
});

describe('hazard', () => {
  it('tells waits that end soon from such that never end', () => {
    const ages = new TideAges(256);
    const hazard = new TideHazard();
    const samples = new TideSamples(ages, hazard);
    for (let now = 0; now < 40_000; now += 10) {
      samples.close(samples.open(often, now), now + 8, true);
      samples.open(once, now);
      if (now % 400 === 0) {
        samples.pass(now);
        hazard.learn();
      }
    }
    const index = new TideIndex(ages, hazard);
    const worth = index.worth(index.rowOf(often), 0);
    expect(worth).toBeGreaterThan(1 / 16);
    expect(worth).toBeLessThan(1 / 6);
    expect(index.worth(index.rowOf(once), 0)).toBeLessThan(worth / 50);
  });
});

describe('index', () => {
  it('is the best ratio of chance and time over all times to let go', () => {
    const ages = new TideAges(256);
    const hazard = new TideHazard();
    for (let round = 0; round < 400; round += 1) {
      for (let bucket = 0; bucket < 40; bucket += 1) {
        hazard.observe(once, bucket, ages.width(bucket), (bucket * round) % 17 === 5 && bucket % 9 === 7);
      }
    }
    hazard.learn();
    const index = new TideIndex(ages, hazard);
    const row = index.rowOf(once);
    // The factor as the row has it: to a sixth of a doubling.
    const factor = 2 ** (Math.round((hazard.factorLog(once) * 6) / Math.LN2) / 6);
    for (let bucket = 0; bucket < ageBuckets; bucket += 1) {
      const best = bestRatio(ages, (at) => factor * hazard.rate(0, at), bucket);
      expect(index.worth(row, ages.begin(bucket)) / best).toBeCloseTo(1, 6);
    }
  });
});

describe('ghosts', () => {
  it('are those that left last, by key, with what was known of them', () => {
    const key = fc.integer({ min: 0, max: 30 });
    const step = fc.record({ key, isTaken: fc.boolean() });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
        const limit = 12;
        const ghosts = new TideGhosts(limit, () => {});
        const from = new TidePasts();
        // A row is used again only when the ring comes round, whether or not its block came back.
        let ring: (number | undefined)[] = [];
        steps.forEach(({ key: low, isTaken }, at) => {
          const known = ring.indexOf(low);
          if (isTaken) {
            const row = ghosts.find(low, 1);
            expect(row >= 0).toBe(known >= 0);
            if (row >= 0) ghosts.take(row);
            ring = ring.map((other) => (other === low ? undefined : other));
          } else {
            from.set(0, at, low, 0, 1);
            ghosts.add(low, 1, from, 0);
            ring = [...ring.map((other) => (other === low ? undefined : other)), low].slice(-limit);
          }
          const held = ring.filter((other) => other !== undefined);
          expect(ghosts.size).toBe(held.length);
          for (const other of held) expect(ghosts.pasts.uses[ghosts.find(other, 1)]).toBe(other);
        });
      }),
    );
  });
});

describe('victim pool', () => {
  it('keeps those of least worth of what was offered, and gives them in order', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 1000 }), { maxLength: 60 }), (worths) => {
        const pool = new VictimPool(8);
        for (const [handle, worth] of worths.entries()) pool.offer(handle, worth);
        const taken: number[] = [];
        for (let handle = pool.take(); handle >= 0; handle = pool.take()) taken.push(worths[handle]!);
        expect(taken).toEqual(worths.toSorted((a, b) => a - b).slice(0, 8));
      }),
    );
  });
});

function bestRatio(ages: TideAges, rate: (bucket: number) => number, from: number): number {
  let best = 0;
  let chance = 0;
  let held = 0;
  let survival = 1;
  for (let bucket = from; bucket < ageBuckets; bucket += 1) {
    const cumulative = Math.min(rate(bucket) * ages.width(bucket), 50);
    held += (survival * (1 - Math.exp(-cumulative))) / rate(bucket);
    chance += survival * (1 - Math.exp(-cumulative));
    survival *= Math.exp(-cumulative);
    best = Math.max(best, chance / held);
  }
  return best;
}
