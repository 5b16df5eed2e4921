import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { retentionPolicies } from '../../src/policy/retentionPolicies.js';
import { isPrefixTree } from '../../src/sim/isPrefixTree.js';
import { minReplay } from '../../src/sim/minReplay.js';
import { prefixOptimum } from '../../src/sim/prefixOptimum.js';
import { buildTrace, simulate } from '../../src/sim/simulator.js';
import { firstCounted, type Trace } from '../../src/sim/trace.js';
import { requestsOf, smallPrefixTrace } from './prefixTraces.js';

/** The most hits that any choice of victims gives: every cache that can be reached is followed. */
function bestOfAll(
  trace: Trace,
  {
    capacity,
    mayBypass,
    warmup,
    strict,
  }: { capacity: number; mayBypass: boolean; warmup: number; strict: boolean },
): number {
  const counted = firstCounted(trace, warmup);
  /** Most hits so far by what is held, written as a sorted list. */
  let states = new Map<string, number>([['', 0]]);
  for (const [request, blocks] of requestsOf(trace).entries()) {
    const after = new Map<string, number>();
    for (const [key, hits] of states) {
      const held = key === '' ? [] : key.split(',').map(Number);
      const miss = blocks.findIndex((block) => !held.includes(block));
      const leading = request < counted ? 0 : miss < 0 ? blocks.length : miss;
      follow(held, blocks, 0, hits + (strict ? leading : 0), after, request >= counted && !strict);
    }
    states = after;
  }
  return Math.max(...states.values());

  function follow(
    held: readonly number[],
    blocks: readonly number[],
    at: number,
    hits: number,
    after: Map<string, number>,
    counts: boolean,
  ): void {
    const block = blocks[at];
    if (block === undefined) {
      const key = held.toSorted((a, b) => a - b).join(',');
      after.set(key, Math.max(hits, after.get(key) ?? 0));
      return;
    }
    const isHeld = held.includes(block);
    const more = isHeld && counts ? hits + 1 : hits;
    if (isHeld || mayBypass) follow(held, blocks, at + 1, more, after, counts);
    if (isHeld) return;
    if (held.length < capacity) follow([...held, block], blocks, at + 1, more, after, counts);
    else {
      for (const victim of held) {
        follow([...held.filter((one) => one !== victim), block], blocks, at + 1, more, after, counts);
      }
    }
  }
}

const capacity = fc.integer({ min: 1, max: 4 });
const warmup = fc.constantFrom(0, 0.5);

describe('the offline replays', () => {
  it('MIN has the most hits on blocks that any choice of victims gives', () => {
    fc.assert(
      fc.property(smallPrefixTrace, capacity, (trace, blocks) => {
        const best = bestOfAll(trace, { capacity: blocks, mayBypass: false, warmup: 0, strict: false });
        expect(minReplay(trace, blocks).hits).toBe(best);
      }),
      { numRuns: 60 },
    );
  });

  it('the strict-prefix optimum has the most prefix hits that any cache can have, warm-up or not', () => {
    fc.assert(
      fc.property(smallPrefixTrace, capacity, warmup, (trace, blocks, share) => {
        const best = bestOfAll(trace, { capacity: blocks, mayBypass: true, warmup: share, strict: true });
        expect(prefixOptimum(trace, blocks, share).prefixHits).toBe(best);
      }),
      { numRuns: 60 },
    );
  });

  it('no policy has more prefix hits than the optimum', () => {
    fc.assert(
      fc.property(smallPrefixTrace, capacity, warmup, (trace, blocks, share) => {
        const optimum = prefixOptimum(trace, blocks, share);
        for (const factory of Object.values(retentionPolicies)) {
          const { prefixHits, accesses } = simulate(trace, factory, { capacity: blocks, warmup: share });
          expect(prefixHits).toBeLessThanOrEqual(optimum.prefixHits);
          expect(accesses).toBe(optimum.accesses);
        }
      }),
    );
  });

  it('ids name prefixes where each comes behind one other only', () => {
    const request = { inputTokens: 2, outputTokens: 0, kind: 'prefill' } as const;
    const traceOf = (...lists: number[][]): Trace =>
      buildTrace(
        lists.map((blocks, timeMs) => ({ ...request, timeMs, blocks })),
        1,
      );
    expect(isPrefixTree(traceOf([1, 2], [1, 3], [1, 2, 4]))).toBe(true);
    expect(isPrefixTree(traceOf([1, 2], [3, 2]))).toBe(false);
    expect(isPrefixTree(traceOf([1, 2], [2]))).toBe(false);
  });
});
