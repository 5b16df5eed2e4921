import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readTrace } from '../../src/lab/readTrace.js';
import {
  type PrefetchPolicyName,
  prefetchPolicies,
  prefetchPolicyNames,
} from '../../src/policy/prefetchPolicies.js';
import { buildTrace } from '../../src/sim/simulator.js';
import { syntheticTrace } from '../../src/sim/synthetic/syntheticTrace.js';
import { tierReplay } from '../../src/sim/tierReplay.js';
import type { TierReplayOptions } from '../../src/sim/tierReplayOptions.js';
import type { Trace } from '../../src/sim/trace.js';
import { device, disk, exclusive, options, pinned } from './tierFixtures.js';

function replay(trace: Trace, prefetch: PrefetchPolicyName, how: TierReplayOptions) {
  return tierReplay(trace, { ...exclusive, prefetch: prefetchPolicies[prefetch] }, how);
}

const seeds = fc.nat(1000);
const chat = (seed: number) =>
  syntheticTrace({ kind: 'chat', parameters: { requests: 80, perMinute: 20, users: 8 } }, seed);

describe('prefetch in a replay', () => {
  it('makes no request wait longer the more it does, up to whole sequences, and finds the same blocks', () => {
    fc.assert(
      fc.property(
        seeds,
        fc.integer({ min: 5, max: 60 }),
        fc.integer({ min: 1, max: 16 }),
        (seed, room, layers) => {
          const how = options([device(room), pinned(4 * room), disk(16 * room)], { layers });
          const [none, nextLayer, sequence] = (['none', 'next-layer', 'sequence'] as const).map((name) =>
            replay(chat(seed), name, how),
          );
          const { ttftMs: _ttft, stallMs: _stall, prefetched, ...same } = none!;
          expect(prefetched).toEqual({ broughtBytes: 0, usedBytes: 0, unusedBytes: 0 });
          for (const other of [nextLayer!, sequence!]) expect(other).toMatchObject(same);
          for (const [request, waited] of none!.ttftMs.entries()) {
            expect(nextLayer!.ttftMs[request]).toBeLessThanOrEqual(waited + 1e-9);
            // Who is served sooner leaves less time to load for those behind, so only the sum may be compared.
          }
          expect(sequence!.stallMs).toBeLessThanOrEqual(nextLayer!.stallMs + 1e-6);
          expect(none!.stallMs + none!.computeMs).toBeCloseTo(sum(none!.ttftMs), 3);
        },
      ),
      { numRuns: 25 },
    );
  });

  it('overlaps nothing in a model of one layer', () => {
    const how = options([device(20), pinned(80)], { layers: 1 });
    expect(replay(chat(3), 'next-layer', how)).toEqual(replay(chat(3), 'none', how));
  });

  it('uses no more than was brought, whatever the warm-up', () => {
    fc.assert(
      fc.property(seeds, fc.constantFrom(0, 0.5), (seed, warmup) => {
        const how = options([device(20), pinned(80), disk(320)], { warmup });
        const { broughtBytes, usedBytes, unusedBytes } = replay(chat(seed), 'follow-up', how).prefetched;
        expect(usedBytes + unusedBytes).toBeLessThanOrEqual(broughtBytes);
      }),
      { numRuns: 25 },
    );
  });

  it('brings a conversation up before its next turn, once it has seen some, and gives up what it displaced', () => {
    // Two blocks of a conversation, then others that take all of the first tier; and so on, every ten seconds.
    const requests = Array.from({ length: 14 }, (_, at) => ({
      timeMs: 5000 * at,
      inputTokens: at % 2 === 0 ? 2 : 4,
      outputTokens: 0,
      kind: 'prefill' as const,
      blocks: at % 2 === 0 ? [1, 2] : [11, 12, 13, 14],
    }));
    const how = options([device(4), pinned(8)]);
    const trace = buildTrace(requests, 1);
    const none = replay(trace, 'none', how);
    // All but the first turns load all their blocks, 3 ms each.
    expect([...none.ttftMs]).toEqual([
      20,
      40,
      ...Array.from({ length: 12 }, (_, at) => (at % 2 === 0 ? 6 : 12)),
    ]);
    const { ttftMs, prefetched } = replay(trace, 'follow-up', how);
    // The fourth gap is known with the seventh request. From then on half of the first tier is ready for each turn.
    expect([...ttftMs].slice(0, 6)).toEqual([...none.ttftMs].slice(0, 6));
    expect([...ttftMs].slice(-4)).toEqual([0, 6, 0, 6]);
    expect(prefetched.usedBytes).toBeGreaterThan(8 * how.blockBytes);
    expect(prefetched.broughtBytes).toBeGreaterThanOrEqual(prefetched.usedBytes);
  });
});

const sum = (values: Float64Array): number => values.reduce((total, value) => total + value, 0);

/** Hits and prefix hits; ms of stalls; blocks brought ahead, used and gone unused. */
const golden: Readonly<Record<PrefetchPolicyName, readonly number[]>> = {
  none: [4184, 4184, 14358, 0, 0, 0],
  'next-layer': [4184, 4184, 3699, 0, 0, 0],
  sequence: [4184, 4184, 2576, 934, 934, 0],
  'follow-up': [4170, 4151, 2664, 6744, 1084, 5660],
};
const { trace: recorded } = await readTrace('test/fixtures/traces/chat.jsonl', { skipBad: false });

describe('golden counts of 7944 accesses in three tiers', () => {
  it.each(prefetchPolicyNames)('lru, prefetch %s', (name) => {
    const how = options([device(50), pinned(200), disk(600)], { layers: 4, recomputeTokensPerSecond: 5000 });
    const { hits, prefixHits, stallMs, prefetched } = replay(recorded, name, how);
    const { broughtBytes, usedBytes, unusedBytes } = prefetched;
    const blocks = [broughtBytes, usedBytes, unusedBytes].map((bytes) => bytes / how.blockBytes);
    expect([hits, prefixHits, Math.round(stallMs), ...blocks]).toEqual(golden[name]);
  });
});
