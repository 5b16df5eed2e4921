import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FifoRetention } from '../../src/policy/fifoRetention.js';
import { LruRetention } from '../../src/policy/lruRetention.js';
import type { NamedPolicy } from '../../src/policy/namedPolicy.js';
import type { RetentionPolicy } from '../../src/policy/policy.js';
import { regretWindowUses, Shadows, type ShadowUse } from '../../src/policy/shadows.js';
import { StackDistances } from '../../src/policy/stackDistances.js';
import { WindowOptimum } from '../../src/policy/windowOptimum.js';

const lru: NamedPolicy<RetentionPolicy> = {
  name: 'lru',
  make: (_columns, capacity) => new LruRetention(capacity),
};
const fifo: NamedPolicy<RetentionPolicy> = {
  name: 'fifo',
  make: (_columns, capacity) => new FifoRetention(capacity),
};
const uses = fc.array(fc.nat(20), { maxLength: 200, size: 'max' });

function useOf(block: number): ShadowUse {
  return {
    key: { low: block, high: 0x8000_0000 + block },
    parent: null,
    depth: 0,
    layer: -1,
    request: 1,
    kind: 'prefill',
    requestTokens: 0,
    time: 0,
    tokens: 16,
    bytes: 1,
    loadMs: 0,
    recomputeMs: 0,
  };
}

/** Hits of a cache that is told by an array, longest unused or first come first. */
function hitsOf(blocks: readonly number[], capacity: number, order: 'lru' | 'fifo'): number {
  const cache: number[] = [];
  let hits = 0;
  for (const block of blocks) {
    const at = cache.indexOf(block);
    if (at >= 0) hits += 1;
    if (at >= 0 && order === 'lru') cache.splice(at, 1);
    if (at < 0 && cache.length === capacity) cache.shift();
    if (at < 0 || order === 'lru') cache.push(block);
  }
  return hits;
}

/** Most hits of any cache that need not keep what passes, by trying everything worth trying. */
function bestHits(blocks: readonly number[], capacity: number): number {
  let states = new Map<string, number>([['', 0]]);
  for (const block of blocks) {
    const next = new Map<string, number>();
    const offer = (held: readonly number[], hits: number) => {
      const key = [...held].sort((a, b) => a - b).join(',');
      next.set(key, Math.max(next.get(key) ?? 0, hits));
    };
    for (const [key, hits] of states) {
      const held = key === '' ? [] : key.split(',').map(Number);
      const gained = held.includes(block) ? hits + 1 : hits;
      offer(held, gained);
      if (held.includes(block)) continue;
      if (held.length < capacity) offer([...held, block], gained);
      else for (const victim of held) offer([...held.filter((one) => one !== victim), block], gained);
    }
    states = next;
  }
  return Math.max(...states.values());
}

describe('the optimum over a window', () => {
  it('hits as often as the best of all caches', () => {
    const few = fc.array(fc.nat(5), { maxLength: 24 });
    fc.assert(
      fc.property(few, fc.integer({ min: 1, max: 3 }), (blocks, capacity) => {
        const optimum = new WindowOptimum(capacity, 1000);
        const hits = blocks.filter((block) => optimum.use(block)).length;
        expect(hits).toBe(bestHits(blocks, capacity));
      }),
      { numRuns: 60 },
    );
  });

  it('does not see what is used again only after the window', () => {
    const optimum = new WindowOptimum(10, 4);
    expect([1, 2, 1, 3, 4, 5, 1].map((block) => optimum.use(block))).toEqual([
      false,
      false,
      true,
      false,
      false,
      false,
      false,
    ]);
  });
});

describe('stack distances', () => {
  it('tell the misses of an LRU cache of each size at a border of their buckets', () => {
    fc.assert(
      fc.property(uses, (blocks) => {
        const distances = new StackDistances(64);
        for (const block of blocks) distances.use(block);
        for (const capacity of [1, 3, 7, 15]) {
          const missed = blocks.length === 0 ? 1 : 1 - hitsOf(blocks, capacity, 'lru') / blocks.length;
          expect(distances.missRatio(capacity)).toBeCloseTo(missed, 10);
        }
      }),
    );
  });

  it('forget what was not used for longest', () => {
    const distances = new StackDistances(2);
    expect([7, 8, 7, 9, 8].map((block) => distances.use(block))).toEqual([-1, -1, -1, 8, 7]);
    expect(distances.missRatio(100)).toBeCloseTo(1 - 1 / 5, 10);
  });
});

describe('shadows', () => {
  it('hit what caches of their own would', () => {
    fc.assert(
      fc.property(uses, fc.integer({ min: 1, max: 12 }), (blocks, capacity) => {
        const shadows = new Shadows(capacity, [lru, fifo]);
        for (const block of blocks) shadows.use(useOf(block), false);
        const { policies, uses: count } = shadows.figures(1, 0);
        expect(count).toBe(blocks.length);
        expect(policies).toEqual([
          { name: 'lru', hits: hitsOf(blocks, capacity, 'lru'), failed: false },
          { name: 'fifo', hits: hitsOf(blocks, capacity, 'fifo'), failed: false },
        ]);
      }),
    );
  });

  it('tell what the live cache lacks of the optimum over the last whole window', () => {
    const shadows = new Shadows(4, [lru]);
    // Eight in a circle: the optimum keeps some of them, LRU none.
    for (let at = 0; at < 2 * regretWindowUses; at += 1) shadows.use(useOf(at % 8), at % 8 === 0);
    const { window, policies } = shadows.figures(1, 0);
    expect(window.uses).toBe(regretWindowUses);
    expect(window.liveHits).toBe(regretWindowUses / 8);
    expect(window.optimumHits).toBeGreaterThan(regretWindowUses / 3);
    expect(policies[0]?.hits).toBe(0);
  });

  it('go on without one that throws', () => {
    const policy: RetentionPolicy = new LruRetention(1000);
    policy.insert = () => {
      throw new Error('a mistake');
    };
    const broken: NamedPolicy<RetentionPolicy> = { name: 'broken', make: () => policy };
    const shadows = new Shadows(2, [broken, lru]);
    for (const block of [1, 2, 1]) shadows.use(useOf(block), false);
    expect(shadows.figures(1, 0).policies).toEqual([
      { name: 'broken', hits: 0, failed: true },
      { name: 'lru', hits: 1, failed: false },
    ]);
  });
});
