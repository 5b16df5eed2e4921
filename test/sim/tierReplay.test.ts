import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { placementPolicies } from '../../src/policy/placementPolicies.js';
import { retentionPolicies } from '../../src/policy/retentionPolicies.js';
import { simulate } from '../../src/sim/simulator.js';
import { syntheticTrace } from '../../src/sim/synthetic/syntheticTrace.js';
import { tierFigures } from '../../src/sim/tierFigures.js';
import { tierReplay } from '../../src/sim/tierReplay.js';
import type { TierPolicies } from '../../src/sim/tierReplayOptions.js';
import { traceOfWords } from './prefixTraces.js';
import { device, disk, exclusive, options, pinned } from './tierFixtures.js';
import { type Script, tierReference } from './tierReference.js';

/** A whole number that looks drawn, the same for the same numbers. */
const drawn = (...numbers: readonly number[]): number =>
  numbers.reduce((hash, number) => Math.imul(hash ^ number, 0x9e3779b1) >>> 7, 12345);

describe('a replay in tiers', () => {
  it('under LRU has the hits of one cache of their size together', () => {
    const size = fc.integer({ min: 1, max: 60 });
    fc.assert(
      fc.property(fc.nat(1000), size, size, fc.constantFrom(0, 0.5), (seed, above, below, warmup) => {
        const trace = syntheticTrace({ kind: 'chat', parameters: { requests: 60, perMinute: 5 } }, seed);
        const tiers = [device(above), pinned(below)];
        const result = tierReplay(trace, exclusive, options(tiers, { warmup, recomputeTokensPerSecond: 1 }));
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
    const result = tierReplay(trace, exclusive, options([device(2), pinned(4)]));
    expect([...result.ttftMs]).toEqual([20, 10, 10, 3 + 3 + 10]);
    expect(result.tiers).toEqual([
      { tier: 'device', hits: 0, readBytes: 0, writtenBytes: 0 },
      { tier: 'pinned', hits: 2, readBytes: 2000, writtenBytes: 5000 },
    ]);
    expect(tierFigures(result)).toMatchObject({
      hits: 2,
      prefixHitRate: 2 / 7,
      tokenHitRate: 2 / 7,
      stallMs: 6,
      computeMs: 50,
      costMs: 56,
      timeToFirstTokenMs: { mean: 14, p50: 16, p90: 20, p99: 20 },
    });
  });

  it('computes what would take longer to load', () => {
    const trace = traceOfWords(['ab', 'c', 'd', 'ab']);
    const fast = options([device(2), pinned(4)], { recomputeTokensPerSecond: 1000 });
    const result = tierReplay(trace, exclusive, fast);
    expect([...result.ttftMs]).toEqual([2, 1, 1, 2]);
    expect([result.hits, result.prefixHits, result.tiers[1]?.readBytes]).toEqual([2, 0, 0]);
  });

  it('counts generated tokens where that is asked for, and nothing of the warm-up', () => {
    const trace = syntheticTrace({ kind: 'chat', parameters: { requests: 40 } }, 1);
    const all = tierReplay(trace, exclusive, options([device(500)], { countOutput: true }));
    const half = tierReplay(trace, exclusive, options([device(500)], { warmup: 0.5 }));
    const sum = (values: Uint32Array): number => values.reduce((total, value) => total + value, 0);
    expect(all.tokens).toBe(sum(trace.inputTokens) + sum(trace.outputTokens));
    expect(half.tokens).toBe(sum(trace.inputTokens.subarray(20)));
    expect(half.ttftMs).toHaveLength(20);
  });

  it('under LRU with copies everywhere, each tier larger than the one above, has the hits of the last one alone', () => {
    const size = fc.integer({ min: 1, max: 60 });
    fc.assert(
      fc.property(fc.nat(1000), fc.array(size, { minLength: 1, maxLength: 4 }), (seed, sizes) => {
        const trace = syntheticTrace({ kind: 'chat', parameters: { requests: 60, perMinute: 5 } }, seed);
        const tiers = sizes
          .sort((a, b) => a - b)
          .map((capacity, at) => ({ ...device(capacity), name: `tier ${at}` }));
        const policies = { ...exclusive, placement: placementPolicies['write-through'] };
        const { accesses, hits, prefixHits } = tierReplay(trace, policies, options(tiers));
        const one = simulate(trace, retentionPolicies.lru, { capacity: Math.max(...sizes) });
        expect({ accesses, hits, prefixHits }).toEqual(one);
      }),
      { numRuns: 40 },
    );
  });

  it('finds, loads, writes and drops what a slow twin does, whatever is admitted and copied', () => {
    const size = fc.integer({ min: 1, max: 30 });
    const sizes = fc.array(size, { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(
        fc.nat(1000),
        sizes,
        fc.nat(4),
        fc.nat(4),
        fc.nat(),
        (seed, capacities, few, late, salt) => {
          const trace = syntheticTrace({ kind: 'chat', parameters: { requests: 40, perMinute: 5 } }, seed);
          const script: Script = {
            admits: (tier, block, uses) => drawn(tier, block, uses, salt) % 4 >= few,
            copies: (block, uses) => (drawn(block, uses, salt) % 4 >= late ? 'now' : 'leaving'),
          };
          const uses = new Map<number, number>();
          let tiersMade = 0;
          const policies: TierPolicies = {
            retention: retentionPolicies.lru,
            admission: () => {
              tiersMade += 1;
              const tier = tiersMade;
              return {
                asked: (block) => {
                  if (tier === 1) uses.set(block, (uses.get(block) ?? 0) + 1);
                },
                admit: (block) => (script.admits(tier, block, uses.get(block)!) ? 'admit' : 'refuse'),
                left: () => {},
                resize: () => {},
              };
            },
            placement: () => ({
              sealed: (block) => script.copies(block, uses.get(block)!),
              used: (block) => script.copies(block, uses.get(block)!),
            }),
          };
          const tiers = capacities.map((capacity, at) => ({ ...device(capacity), name: `tier ${at}` }));
          const { prefixHits, tiers: counts } = tierReplay(
            trace,
            policies,
            options(tiers, { blockBytes: 1 }),
          );
          expect({
            prefixHits,
            hits: counts.map(({ hits }) => hits),
            reads: counts.map(({ readBytes }) => readBytes),
            writes: counts.map(({ writtenBytes }) => writtenBytes),
          }).toEqual(tierReference(trace, capacities, script));
        },
      ),
      { numRuns: 150 },
    );
  });

  it('tells policies when a block is asked for, offered and let go, with what loading it takes', () => {
    const said: string[] = [];
    const policies: TierPolicies = {
      ...exclusive,
      admission: ({ loadMs, recomputeMs, keyLow }, capacity) => ({
        asked: (block) => void said.push(`asked ${block}`),
        admit: (block, hasRoom) => {
          said.push(`offered ${block} to ${capacity}, ${hasRoom ? 'room' : 'full'}`);
          expect([loadMs[block], recomputeMs[block]]).toEqual([3, 10]);
          expect(keyLow[block]).toBe(trace.keyLow[block]);
          return block === 1 ? 'refuse' : 'admit';
        },
        left: (block) => void said.push(`left ${block}`),
        resize: () => {},
      }),
    };
    const trace = traceOfWords(['a', 'b', 'c', 'd']);
    const { tiers } = tierReplay(trace, policies, options([device(1), pinned(1)]));
    expect(said).toEqual([
      'asked 0',
      'asked 1',
      'offered 0 to 1, room',
      'asked 2',
      'offered 1 to 1, full',
      'asked 3',
      'offered 2 to 1, full',
      'left 0',
    ]);
    expect(tiers[1]?.writtenBytes).toBe(2000);
  });

  it('tells what was loaded in each span of time from the first request that counts', () => {
    const words = ['ab', 'c', 'd', 'abx'];
    const trace = traceOfWords(words);
    const tiers = [device(2), pinned(4)];
    expect(tierReplay(trace, exclusive, options(tiers)).traffic).toEqual({
      spanMs: 1,
      bytes: { pinned: [0, 0, 0, 2000] },
    });
    expect(tierReplay(trace, exclusive, options(tiers, { warmup: 0.5 })).traffic).toEqual({
      spanMs: 1,
      bytes: { pinned: [0, 2000] },
    });
  });

  it('has no more spans than fit a plot, however long the trace is, and leaves none of its bytes out', () => {
    const parameters = { requests: 400, perMinute: 0.5 };
    const trace = syntheticTrace({ kind: 'chat', parameters }, 3);
    const result = tierReplay(
      trace,
      exclusive,
      options([device(20), pinned(60), disk(200)], { warmup: 0.25 }),
    );
    const lengthMs = trace.timeMs.at(-1)! - trace.timeMs[100]!;
    for (const { tier, readBytes } of result.tiers.slice(1)) {
      const spans = result.traffic.bytes[tier]!;
      expect(spans.reduce((sum, bytes) => sum + bytes, 0)).toBe(readBytes);
      expect(readBytes).toBeGreaterThan(0);
      expect(spans.length).toBeLessThanOrEqual(240);
      expect(spans.length * result.traffic.spanMs).toBeGreaterThan(lengthMs);
    }
  });

  it('refuses more tiers than a word has bits for', () => {
    const tiers = Array.from({ length: 32 }, () => device(1));
    expect(() => tierReplay(traceOfWords(['a']), exclusive, options(tiers))).toThrow(
      /32 tiers are more than 31/,
    );
  });
});
