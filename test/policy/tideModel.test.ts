import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ageBuckets, TideAges } from '../../src/policy/tideAges.js';
import { TideGhosts } from '../../src/policy/tideGhosts.js';
import { TideHazard } from '../../src/policy/tideHazard.js';
import { TideIndex } from '../../src/policy/tideIndex.js';
import { TideSamples } from '../../src/policy/tideSamples.js';
import { blockRoles, packRequest, packUse, traitOf, withRequest } from '../../src/policy/tideTraits.js';
import { VictimPool } from '../../src/policy/victimPool.js';

const once = packUse(1, blockRoles.fresh, 0) | packRequest(1, 4, 4);
const often = packUse(9, blockRoles.continued, 3) | packRequest(1, 4, 0);

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

  it('of a request give way to what is known at its end', () => {
    const last = withRequest(often, packRequest(7, 8, 2), true);
    expect([0, 1, 2, 3, 4, 5].map((trait) => traitOf(last, trait))).toEqual([9, 2, 1, 4, 3, 2]);
  });
});

describe('hazard', () => {
  it('tells waits that end soon from such that never end', () => {
    const ages = new TideAges(256);
    const hazard = new TideHazard();
    const samples = new TideSamples(ages, hazard);
    for (let now = 0; now < 40_000; now += 10) {
      samples.open(often, now);
      samples.close(now, now + 8, true);
      samples.open(once, now + 9);
      if (now % 400 === 0) {
        samples.pass(now + 9);
        hazard.learn();
      }
    }
    const index = new TideIndex(ages, hazard);
    index.renew();
    const worth = index.worth(often, 0);
    expect(worth).toBeGreaterThan(1 / 16);
    expect(worth).toBeLessThan(1 / 6);
    expect(index.worth(once, 0)).toBeLessThan(worth / 50);
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
    index.renew();
    // The factor as the row has it: to a sixth of a doubling.
    const factor = 2 ** (Math.round((hazard.factorLog(once) * 6) / Math.LN2) / 6);
    for (let bucket = 0; bucket < ageBuckets; bucket += 1) {
      const best = bestRatio(ages, (at) => factor * hazard.rate(0, at), bucket);
      expect(index.worth(once, ages.begin(bucket)) / best).toBeCloseTo(1, 6);
    }
  });
});

describe('ghosts', () => {
  it('are the five of each set that were used last, by key, with what was known of them', () => {
    const step = fc.record({
      key: fc.integer({ min: 1, max: 60 }),
      kind: fc.constantFrom('add', 'add', 'add', 'drop', 'resize'),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
        let sets = 4;
        const forgotten: number[] = [];
        const ghosts = new TideGhosts(5 * sets, (lastUse) => forgotten.push(lastUse));
        // By the time at which they were used last, the oldest first.
        let held: { key: number; lastUse: number }[] = [];
        const lost: number[] = [];
        const setOf = (key: number): number =>
          Math.floor(((Math.imul(key, 0x9e3779b1) >>> 0) / 2 ** 32) * sets);
        const keepFive = (): void => {
          for (const one of held.toReversed()) {
            const newer = held.filter(
              (other) => setOf(other.key) === setOf(one.key) && other.lastUse > one.lastUse,
            );
            if (newer.length >= 5) lost.push(one.lastUse);
          }
          held = held.filter(({ lastUse }) => !lost.includes(lastUse));
        };
        steps.forEach(({ key, kind }, at) => {
          const now = at + 1;
          if (kind === 'resize') {
            sets = 1 + (key % 5);
            ghosts.resize(5 * sets, now);
            keepFive();
          } else if (kind === 'drop' || held.some((other) => other.key === key)) {
            const place = ghosts.find(key);
            expect(place >= 0).toBe(held.some((other) => other.key === key));
            if (place >= 0) ghosts.drop(place);
            held = held.filter((other) => other.key !== key);
          } else {
            ghosts.add(key, now, key, now);
            held.push({ key, lastUse: now });
            keepFive();
          }
          expect(ghosts.size).toBe(held.length);
          for (const { key: other, lastUse } of held) {
            const place = ghosts.find(other);
            expect([ghosts.lastUse(place), ghosts.traits(place)]).toEqual([lastUse, other]);
          }
          expect(forgotten.toSorted((a, b) => a - b)).toEqual(lost.toSorted((a, b) => a - b));
        });
      }),
    );
  });
});

describe('samples', () => {
  it('are found by when they began, until they are given up for new ones', () => {
    const ages = new TideAges(256);
    const seen: boolean[] = [];
    const hazard = new TideHazard();
    hazard.observe = (_traits, _bucket, _length, isReused) => {
      if (isReused) seen.push(true);
    };
    const samples = new TideSamples(ages, hazard);
    for (let sample = 0; sample < 8193; sample += 1) samples.open(once, 3 * sample);
    samples.close(0, 30_000, true);
    expect(seen).toHaveLength(0);
    samples.close(4, 30_000, true);
    expect(seen).toHaveLength(0);
    samples.close(3, 30_000, true);
    samples.close(3 * 8192, 30_000, true);
    samples.close(3, 30_000, true);
    expect(seen).toHaveLength(2);
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
