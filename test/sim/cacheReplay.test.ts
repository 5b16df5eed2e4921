import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LruRetention } from '../../src/policy/lruRetention.js';
import type { RetentionFactory, RetentionPolicy } from '../../src/policy/policy.js';
import { retentionPolicies } from '../../src/policy/retentionPolicies.js';
import { CacheReplay } from '../../src/sim/cacheReplay.js';
import { buildTrace, ratesOf, simulate } from '../../src/sim/simulator.js';
import { syntheticTrace } from '../../src/sim/synthetic/syntheticTrace.js';
import type { Trace } from '../../src/sim/trace.js';
import { requestsOf, smallPrefixTrace, traceOfWords } from './prefixTraces.js';

/** LRU on a list, and prefix hits looked up before the request's own insertions. */
function slowLru(trace: Trace, capacity: number) {
  const held: number[] = [];
  let hits = 0;
  let prefixHits = 0;
  for (const blocks of requestsOf(trace)) {
    const miss = blocks.findIndex((block) => !held.includes(block));
    prefixHits += miss < 0 ? blocks.length : miss;
    for (const block of blocks) {
      const at = held.indexOf(block);
      if (at >= 0) {
        hits += 1;
        held.splice(at, 1);
      } else if (held.length === capacity) held.shift();
      held.push(block);
    }
  }
  return { accesses: trace.blocks.length, hits, prefixHits };
}

/** Blocks in any order, as no prefixes would come. */
const anyTrace = fc
  .array(fc.array(fc.integer({ min: 0, max: 30 }), { maxLength: 8 }), { minLength: 1, maxLength: 40 })
  .map((lists) =>
    buildTrace(
      lists.map((blocks, at) => ({ timeMs: at, inputTokens: 8, outputTokens: 0, kind: 'prefill', blocks })),
      1,
    ),
  );

/** LRU that looks at its columns before every call, and hands the calls on to a check. */
function watched(check: (call: 'insert' | 'access', handle: number) => void): RetentionFactory {
  return () => {
    const lru = new LruRetention();
    const policy: RetentionPolicy = {
      insert: (handle) => {
        check('insert', handle);
        lru.insert(handle);
      },
      access: (handle) => {
        check('access', handle);
        lru.access(handle);
      },
      remove: (handle) => lru.remove(handle),
      evict: (count, isProtected) => lru.evict(count, isProtected),
      resize: () => {},
    };
    return policy;
  };
}

describe('a replay of one cache', () => {
  it('counts what a slow cache counts', () => {
    fc.assert(
      fc.property(
        fc.oneof(anyTrace, smallPrefixTrace),
        fc.integer({ min: 1, max: 12 }),
        (trace, capacity) => {
          expect(simulate(trace, retentionPolicies.lru, { capacity })).toEqual(slowLru(trace, capacity));
        },
      ),
    );
  });

  it('gives the same counts when block ids are permuted and times are shifted', () => {
    const trace = syntheticTrace({ kind: 'chat', parameters: { requests: 300, firstTokens: 4000 } }, 3);
    const blocksOf = requestsOf(trace);
    const moved = buildTrace(
      blocksOf.map((blocks, request) => ({
        timeMs: trace.timeMs[request]! + 1e9,
        inputTokens: trace.inputTokens[request]!,
        outputTokens: trace.outputTokens[request]!,
        kind: 'prefill',
        blocks: blocks.map((block) => 2 ** 40 - 7 * block),
      })),
      trace.blockTokens,
    );
    for (const factory of Object.values(retentionPolicies)) {
      expect(simulate(moved, factory, { capacity: 100 })).toEqual(
        simulate(trace, factory, { capacity: 100 }),
      );
    }
  });

  it('tells a policy of the block and of the request that uses it', () => {
    const trace = traceOfWords(['ab', 'abc', 'b', 'ab']);
    const told: (string | number)[][] = [];
    const factory: RetentionFactory = (columns, capacity) =>
      watched((call, handle) => {
        const { depth, parent, request, requestTokens, time, tokens } = columns;
        const of = [depth, parent, request, requestTokens, time, tokens].map((column) => column[handle]!);
        told.push([call, handle, ...of]);
        // Nothing is evicted, so handles are the numbers of the blocks.
        const key = [columns.keyLow[handle], columns.keyHigh[handle]];
        expect(key).toEqual([trace.keyLow[handle], trace.keyHigh[handle]]);
      })(columns, capacity);
    simulate(trace, factory, { capacity: 10 });
    expect(told).toEqual([
      ['insert', 0, 0, -1, 1, 2, 0, 1],
      ['insert', 1, 1, 0, 1, 2, 0, 1],
      ['access', 0, 0, -1, 2, 3, 1, 1],
      ['access', 1, 1, 0, 2, 3, 1, 1],
      ['insert', 2, 2, 1, 2, 3, 1, 1],
      ['insert', 3, 0, -1, 3, 1, 2, 1],
      ['access', 0, 0, -1, 4, 2, 3, 1],
      ['access', 1, 1, 0, 4, 2, 3, 1],
    ]);
  });

  it('a parent keeps its handle while a block behind it is in, and columns read late tell the same', () => {
    fc.assert(
      fc.property(
        smallPrefixTrace,
        fc.integer({ min: 1, max: 4 }),
        fc.integer({ min: 0, max: 8 }),
        (trace, capacity, late) => {
          const parentOf = new Map<number, number>();
          for (const blocks of requestsOf(trace))
            for (const [at, block] of blocks.entries()) parentOf.set(block, blocks[at - 1] ?? -1);
          const blockOf = (low: number) => trace.keyLow.indexOf(low);
          let calls = 0;
          const factory: RetentionFactory = (columns, blocks) =>
            watched((_call, handle) => {
              calls += 1;
              if (calls <= late) return;
              const block = blockOf(columns.keyLow[handle]!);
              const parent = columns.parent[handle]!;
              expect(parent < 0 ? -1 : blockOf(columns.keyLow[parent]!)).toBe(parentOf.get(block));
              expect(columns.time[handle]).toBe(columns.request[handle]! - 1);
            })(columns, blocks);
          simulate(trace, factory, { capacity });
        },
      ),
    );
  });

  it('counts only what comes after the warm-up, in a cache that is kept', () => {
    const trace = traceOfWords(['ab', 'c', 'ab', 'abd']);
    expect(simulate(trace, retentionPolicies.lru, { capacity: 3, warmup: 0.5 })).toEqual({
      accesses: 5,
      hits: 4,
      prefixHits: 4,
    });
  });

  it('refuses a capacity that is none, and a policy that gives no victim', () => {
    const trace = traceOfWords(['ab', 'ba']);
    expect(() => new CacheReplay(trace, retentionPolicies.lru, { capacity: 0 })).toThrow(
      /capacity of 0 blocks/,
    );
    const idle = { insert: () => {}, access: () => {}, remove: () => {}, resize: () => {} };
    const stingy: RetentionFactory = () => ({ ...idle, evict: () => ({ kind: 'none' }) });
    expect(() => simulate(trace, stingy, { capacity: 1 })).toThrow(/gave no victim/);
  });

  it('regret is the share of the optimum that is missing, and none where there is nothing to have', () => {
    const counts = (prefixHits: number) => ({ accesses: 10, hits: 5, prefixHits });
    expect(ratesOf(counts(3), counts(4))).toEqual({ hitRate: 0.5, prefixHitRate: 0.3, regret: 0.25 });
    expect(ratesOf(counts(0), counts(0)).regret).toBe(0);
  });
});
