import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RetentionPolicy } from '../../src/policy/policy.js';
import { retentionPolicies } from '../../src/policy/retentionPolicies.js';
import { TideRetention } from '../../src/policy/tideRetention.js';
import { prefixOptimum } from '../../src/sim/prefixOptimum.js';
import { buildTrace, simulate, type Trace, type TraceRequest } from '../../src/sim/simulator.js';
import { syntheticTrace } from '../../src/sim/synthetic/syntheticTrace.js';
import { emptyColumns, keyedColumns } from './policyFixtures.js';

const blockTokens = 16;
const chat = conversations();

describe('tide', () => {
  it('gives exactly as many unprotected handles as asked, or none and stays as it was', () => {
    const handle = fc.integer({ min: 0, max: 40 });
    const step = fc.record({
      kind: fc.constantFrom('use', 'use', 'use', 'remove', 'evict'),
      handle,
      parent: handle,
      depth: fc.integer({ min: 0, max: 5 }),
      request: fc.integer({ min: 0, max: 6 }),
      count: fc.integer({ min: 0, max: 5 }),
      guarded: fc.array(handle, { maxLength: 40 }),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const columns = keyedColumns(64);
        const policy = new TideRetention(columns, 16);
        const held = new Set<number>();
        for (const { kind, handle: at, parent, depth, request, count, guarded } of steps) {
          if (kind === 'evict') {
            const isProtected = (other: number) => guarded.includes(other);
            const free = [...held].filter((other) => !isProtected(other)).length;
            const eviction = policy.evict(count, isProtected);
            expect(eviction.kind).toBe(free < count ? 'none' : 'victims');
            if (eviction.kind === 'none') continue;
            expect(new Set(eviction.handles).size).toBe(count);
            for (const victim of eviction.handles) {
              expect(held.delete(victim) && !isProtected(victim)).toBe(true);
            }
          } else if (kind === 'remove') {
            if (held.delete(at)) policy.remove(at);
          } else {
            columns.request[at] = request;
            if (!held.has(at)) columns.depth[at] = depth;
            columns.parent[at] = parent;
            if (held.has(at)) policy.access(at);
            else policy.insert(at);
            held.add(at);
          }
        }
        expect(drained(policy)).toEqual([...held].toSorted((a, b) => a - b));
      }),
    );
  });

  it('chooses as if it had not been asked where it could give none', () => {
    const victims = (refusals: number): unknown[] => {
      const columns = keyedColumns(200);
      const policy = new TideRetention(columns, 100);
      const held: number[] = [];
      return Array.from({ length: 2000 }, (_, at) => {
        const key = (at * at) % 199;
        columns.request[key] = 1 + (at >> 1);
        columns.depth[key] = key % 3;
        columns.parent[key] = key % 3 === 0 ? -1 : key - 1;
        if (held.includes(key)) {
          policy.access(key);
          return null;
        }
        for (let refusal = 0; refusal < refusals; refusal += 1) {
          expect(policy.evict(1, () => true).kind).toBe('none');
          expect(policy.evict(held.length, (handle) => handle === held[0]).kind).toBe(
            held.length === 0 ? 'victims' : 'none',
          );
        }
        const eviction = held.length < 100 ? null : policy.evict(1, (handle) => handle % 7 === 0);
        if (eviction?.kind === 'victims') held.splice(held.indexOf(eviction.handles[0]!), 1);
        policy.insert(key);
        held.push(key);
        return eviction;
      });
    };
    expect(victims(2)).toEqual(victims(0));
  });

  it('lets a chain go from its end, and never a block before one that follows on it', () => {
    const columns = keyedColumns(8);
    const policy = new TideRetention(columns, 8);
    for (let depth = 0; depth < 8; depth += 1) {
      columns.request[depth] = 1;
      columns.depth[depth] = depth;
      columns.parent[depth] = depth - 1;
      policy.insert(depth);
    }
    expect(policy.evict(3, () => false)).toEqual({ kind: 'victims', handles: [7, 6, 5] });
  });

  it('gives inner blocks where every leaf is protected', () => {
    const columns = keyedColumns(3);
    const policy = new TideRetention(columns, 3);
    for (const depth of [0, 1, 2]) {
      columns.request[depth] = 1;
      columns.depth[depth] = depth;
      columns.parent[depth] = depth - 1;
      policy.insert(depth);
    }
    const eviction = policy.evict(1, (handle) => handle === 2);
    expect(eviction.kind === 'victims' && eviction.handles[0] !== 2).toBe(true);
    expect(drained(policy)).toHaveLength(2);
  });

  it('remembers no more blocks that are out than its bound', () => {
    const columns = emptyColumns(1);
    const policy = new TideRetention(columns, 1);
    for (let key = 0; key < 40_000; key += 1) {
      columns.keyLow[0] = key;
      columns.request[0] = key;
      policy.insert(0);
      policy.remove(0);
    }
    expect(policy.ghostCount).toBeLessThanOrEqual(32_768);
    expect(policy.ghostCount).toBeGreaterThan(0.8 * 32_768);
  });

  it('remembers more blocks that are out once its capacity is larger, and fewer when it is smaller', () => {
    const columns = emptyColumns(1);
    const policy = new TideRetention(columns, 1);
    const leave = (from: number, count: number): void => {
      for (let key = from; key < from + count; key += 1) {
        columns.keyLow[0] = key;
        columns.request[0] = key;
        policy.insert(0);
        policy.remove(0);
      }
    };
    policy.resize(200_000);
    leave(0, 120_000);
    expect(policy.ghostCount).toBeLessThanOrEqual(100_000);
    expect(policy.ghostCount).toBeGreaterThan(0.8 * 100_000);
    policy.resize(1);
    expect(policy.ghostCount).toBeLessThanOrEqual(32_768);
    expect(policy.ghostCount).toBeGreaterThan(0.8 * 32_768);
  });

  it('takes a prompt larger than the cache, and keeps its beginning', () => {
    const giant = request(
      0,
      Array.from({ length: 300 }, (_, at) => at),
    );
    const { prefixHits } = tide(buildTrace([giant, { ...giant, timeMs: 1 }], blockTokens), 100);
    expect(prefixHits).toBeGreaterThanOrEqual(95);
  });
});

describe('tide learns from the order of uses alone', () => {
  const hits = tide(buildTrace(chat, blockTokens), 400);

  it('has the same hits for other ids', () => {
    const renamed = chat.map((one) => ({
      ...one,
      blocks: one.blocks.map((id) => 7 * (90_000 - Number(id))),
    }));
    expect(tide(buildTrace(renamed, blockTokens), 400)).toEqual(hits);
  });

  it('has the same hits at another time, and when time stands still', () => {
    const later = chat.map((one) => ({ ...one, timeMs: one.timeMs + 86_400_000 }));
    const still = chat.map((one) => ({ ...one, timeMs: 0 }));
    expect(tide(buildTrace(later, blockTokens), 400)).toEqual(hits);
    expect(tide(buildTrace(still, blockTokens), 400)).toEqual(hits);
  });
});

describe('tide against lru and the optimum', () => {
  it('keeps what comes back in conversations: a fifth more prefix hits than lru', () => {
    const trace = buildTrace(chat, blockTokens);
    expect(tide(trace, 400).prefixHits).toBeGreaterThan(1.2 * lru(trace, 400).prefixHits);
  });

  it('keeps a part of a loop that does not fit, nine tenths of the optimum where lru has none', () => {
    const loop = Array.from({ length: 40_000 }, (_, at) => request(at, [at % 1000]));
    const trace = buildTrace(loop, blockTokens);
    expect(lru(trace, 500).prefixHits).toBe(0);
    const optimum = prefixOptimum(trace, 500, 0.5).prefixHits;
    expect(tide(trace, 500).prefixHits).toBeGreaterThan(0.9 * optimum);
  });

  it('is better than lru where popularity alone counts', () => {
    const trace = syntheticTrace({ kind: 'zipf', parameters: { requests: 60_000, blocks: 5000 } }, 1);
    expect(tide(trace, 300).prefixHits).toBeGreaterThan(1.1 * lru(trace, 300).prefixHits);
  });
});

function tide(trace: Trace, capacity: number) {
  return simulate(trace, retentionPolicies.tide, { capacity, warmup: 0.5 });
}

function lru(trace: Trace, capacity: number) {
  return simulate(trace, retentionPolicies.lru, { capacity, warmup: 0.5 });
}

function request(timeMs: number, blocks: readonly number[]): TraceRequest {
  return { timeMs, inputTokens: blocks.length * blockTokens, outputTokens: 0, kind: 'prefill', blocks };
}

/** Turns of conversations that go on after a while, among prompts of which nothing comes back. */
function conversations(): TraceRequest[] {
  const requests: TraceRequest[] = [];
  let fresh = 1;
  const talks = Array.from({ length: 60 }, () => [0]);
  for (let turn = 0; turn < 3000; turn += 1) {
    const talk = talks[turn % talks.length]!;
    if (talk.length > 14) talk.length = 1;
    talk.push(fresh, fresh + 1);
    fresh += 2;
    requests.push(request(2 * turn, [...talk]));
    const once = Array.from({ length: 8 }, (_, at) => (at === 0 ? 0 : fresh + at));
    fresh += 8;
    requests.push(request(2 * turn + 1, once));
  }
  return requests;
}

function drained(policy: RetentionPolicy): number[] {
  const handles: number[] = [];
  for (;;) {
    const eviction = policy.evict(1, () => false);
    if (eviction.kind === 'none') return handles.toSorted((a, b) => a - b);
    handles.push(...eviction.handles);
  }
}
