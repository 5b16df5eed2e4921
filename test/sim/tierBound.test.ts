import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { admissionPolicies } from '../../src/policy/admissionPolicies.js';
import { placementPolicies } from '../../src/policy/placementPolicies.js';
import { prefetchPolicies } from '../../src/policy/prefetchPolicies.js';
import { retentionPolicies } from '../../src/policy/retentionPolicies.js';
import { prefixOptimum } from '../../src/sim/prefixOptimum.js';
import type { SimTier } from '../../src/sim/simTier.js';
import { syntheticTrace } from '../../src/sim/synthetic/syntheticTrace.js';
import { tierBound } from '../../src/sim/tierBound.js';
import { tierFigures } from '../../src/sim/tierFigures.js';
import { tierReplay } from '../../src/sim/tierReplay.js';
import type { Trace } from '../../src/sim/trace.js';
import { traceOfWords } from './prefixTraces.js';

const blockBytes = 1000;

interface Sizes {
  readonly capacity: number;
  readonly loadMs: number;
}

function boundOf(trace: Trace, sizes: readonly Sizes[], recomputeTokensPerSecond: number, warmup = 0) {
  let capacity = 0;
  const tiers = sizes.map(({ capacity: own, loadMs }) => {
    capacity += own;
    return { loadMs, optimalHits: prefixOptimum(trace, capacity, warmup).prefixHits };
  });
  return tierBound(trace, { tiers, recomputeTokensPerSecond, warmup });
}

/** The first is used in place. */
const tiersOf = (sizes: readonly Sizes[]): SimTier[] =>
  sizes.map(({ capacity, loadMs }, at) => ({
    name: `tier ${at}`,
    capacity,
    bytesPerSecond: Number.POSITIVE_INFINITY,
    latencyMs: loadMs,
  }));

describe('the bound for several tiers', () => {
  it('is at least as good as every policy, whichever tiers are the fast ones', () => {
    const below = fc.record({ capacity: fc.integer({ min: 1, max: 60 }), loadMs: fc.nat(2_000) });
    fc.assert(
      fc.property(
        fc.nat(1_000),
        fc.integer({ min: 1, max: 60 }),
        fc.array(below, { maxLength: 3 }),
        fc.record({
          retention: fc.constantFrom(...Object.values(retentionPolicies)),
          admission: fc.constantFrom(...Object.values(admissionPolicies)),
          placement: fc.constantFrom(...Object.values(placementPolicies)),
          prefetch: fc.constantFrom(...Object.values(prefetchPolicies)),
        }),
        fc.constantFrom(0, 0.5),
        (seed, capacity, lower, policies, warmup) => {
          const trace = syntheticTrace({ kind: 'chat', parameters: { requests: 60, perMinute: 5 } }, seed);
          const sizes = [{ capacity, loadMs: 0 }, ...lower];
          const recomputeTokensPerSecond = 400;
          const replay = tierReplay(trace, policies, {
            tiers: tiersOf(sizes),
            blockBytes,
            layers: 4,
            recomputeTokensPerSecond,
            countOutput: false,
            warmup,
          });
          const { prefixHits, costMs, timeToFirstTokenMs } = tierFigures(replay);
          // What is loaded ahead of its request is not waited for.
          const isHidden = policies.prefetch !== prefetchPolicies.none;
          const waited = isHidden ? sizes.map((size) => ({ ...size, loadMs: 0 })) : sizes;
          const bound = boundOf(trace, waited, recomputeTokensPerSecond, warmup);
          expect(prefixHits).toBeLessThanOrEqual(bound.prefixHits);
          expect(costMs).toBeGreaterThanOrEqual(bound.costMs - 1e-6);
          expect(timeToFirstTokenMs.mean).toBeGreaterThanOrEqual(bound.meanTtftMs - 1e-6);
        },
      ),
      { numRuns: 200 },
    );
  });

  it('is what can be had, worked out by hand: a token a block, 10 ms to compute one', () => {
    // "ab" comes again twice. One block in place and one that loads in 3 ms keep both.
    const trace = traceOfWords(['ab', 'ab', 'ab']);
    const sizes = [
      { capacity: 1, loadMs: 0 },
      { capacity: 1, loadMs: 3 },
    ];
    expect(boundOf(trace, sizes, 100)).toEqual({ prefixHits: 4, costMs: 20 + 3 + 3, meanTtftMs: 26 / 3 });
  });

  it('takes the better of two tiers for what fits in the first, and loads nothing that is computed sooner', () => {
    const trace = traceOfWords(['ab', 'ab']);
    const slowFirst = [
      { capacity: 1, loadMs: 20 },
      { capacity: 1, loadMs: 3 },
    ];
    expect(boundOf(trace, slowFirst, 100).costMs).toBe(20 + 3 + 3);
    const slowLast = [
      { capacity: 1, loadMs: 0 },
      { capacity: 1, loadMs: 20 },
    ];
    expect(boundOf(trace, slowLast, 100).costMs).toBe(20 + 10);
  });
});
