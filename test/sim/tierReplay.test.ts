import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { retentionPolicies } from '../../src/policy/retentionPolicies.js';
import { simulate } from '../../src/sim/simulator.js';
import { syntheticTrace } from '../../src/sim/synthetic/syntheticTrace.js';
import { tierFigures } from '../../src/sim/tierFigures.js';
import { type SimTier, type TierReplayOptions, tierReplay } from '../../src/sim/tierReplay.js';
import { traceOfWords } from './prefixTraces.js';

const device = (capacity: number): SimTier => ({
  name: 'device',
  capacity,
  bytesPerSecond: Number.POSITIVE_INFINITY,
  latencyMs: 0,
});

/** A block of 1000 bytes loads in 3 ms. */
const pinned = (capacity: number): SimTier => ({
  name: 'pinned',
  capacity,
  bytesPerSecond: 500_000,
  latencyMs: 1,
});

const options = (tiers: readonly SimTier[], more: Partial<TierReplayOptions> = {}): TierReplayOptions => ({
  tiers,
  blockBytes: 1000,
  recomputeTokensPerSecond: 100,
  countOutput: false,
  warmup: 0,
  ...more,
});

describe('a replay in tiers', () => {
  it('under LRU has the hits of one cache of their size together', () => {
    const size = fc.integer({ min: 1, max: 60 });
    fc.assert(
      fc.property(fc.nat(1000), size, size, fc.constantFrom(0, 0.5), (seed, above, below, warmup) => {
        const trace = syntheticTrace({ kind: 'chat', parameters: { requests: 60, perMinute: 5 } }, seed);
        const tiers = [device(above), pinned(below)];
        const result = tierReplay(
          trace,
          retentionPolicies.lru,
          options(tiers, { warmup, recomputeTokensPerSecond: 1 }),
        );
        const { accesses, hits, prefixHits } = result;
        const one = simulate(trace, retentionPolicies.lru, { capacity: above + below, warmup });
        expect({ accesses, hits, prefixHits }).toEqual(one);
      }),
      { numRuns: 40 },
    );
  });

  it('waits for loads and computes the rest, a token a block here', () => {
    // "ab" is computed; c and d push a and b down; then both are loaded, and c and d go down.
    const trace = traceOfWords(['ab', 'c', 'd', 'abx']);
    const result = tierReplay(trace, retentionPolicies.lru, options([device(2), pinned(4)]));
    expect([...result.ttftMs]).toEqual([20, 10, 10, 3 + 3 + 10]);
    expect(result.tiers).toEqual([
      { tier: 'device', hits: 0, readBytes: 0, writtenBytes: 0 },
      { tier: 'pinned', hits: 2, readBytes: 2000, writtenBytes: 5000 },
    ]);
    expect(tierFigures(result)).toMatchObject({
      hits: 2,
      prefixHitRate: 2 / 7,
      tokenHitRate: 2 / 7,
      movedBytes: 7000,
      stallMs: 6,
      computeMs: 50,
      costMs: 56,
      timeToFirstTokenMs: { mean: 14, p50: 16, p90: 20, p99: 20 },
    });
  });

  it('computes what would take longer to load', () => {
    const trace = traceOfWords(['ab', 'c', 'd', 'ab']);
    const fast = options([device(2), pinned(4)], { recomputeTokensPerSecond: 1000 });
    const result = tierReplay(trace, retentionPolicies.lru, fast);
    expect([...result.ttftMs]).toEqual([2, 1, 1, 2]);
    expect([result.hits, result.prefixHits, result.tiers[1]?.readBytes]).toEqual([2, 0, 0]);
  });

  it('counts generated tokens where that is asked for, and nothing of the warm-up', () => {
    const trace = syntheticTrace({ kind: 'chat', parameters: { requests: 40 } }, 1);
    const all = tierReplay(trace, retentionPolicies.lru, options([device(500)], { countOutput: true }));
    const half = tierReplay(trace, retentionPolicies.lru, options([device(500)], { warmup: 0.5 }));
    const sum = (values: Uint32Array): number => values.reduce((total, value) => total + value, 0);
    expect(all.tokens).toBe(sum(trace.inputTokens) + sum(trace.outputTokens));
    expect(half.tokens).toBe(sum(trace.inputTokens.subarray(20)));
    expect(half.ttftMs).toHaveLength(20);
  });
});
