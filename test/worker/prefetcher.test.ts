import { describe, expect, it } from 'vitest';
import type { PageId } from '../../src/core/pageId.js';
import type { PrefetchPolicy } from '../../src/policy/prefetchPolicy.js';
import { SimulatedClock } from '../../src/simulate/simulatedClock.js';
import type { RaiseOutcome } from '../../src/tiers/tierStack.js';
import { Prefetcher } from '../../src/worker/prefetcher.js';
import { blockKeyOf, tinyGeometry } from '../tiers/tierFixtures.js';

const layers = tinyGeometry.layers.length;
const page = (block: number, layer = 0): PageId => ({ block: blockKeyOf(block), layer });
const chainOf = (...blocks: number[]) => blocks.map(blockKeyOf);

/** Raises end when the test says so. */
function prefetcher(policy: Partial<PrefetchPolicy>, pinnedPages = 1000) {
  const asked: { readonly page: PageId; readonly signal: AbortSignal; end(outcome: RaiseOutcome): void }[] =
    [];
  const gaps: number[] = [];
  const clock = new SimulatedClock();
  const inMemory = new Set<string>();
  const bytes = 2 * tinyGeometry.kvHeads * tinyGeometry.blockTokens * tinyGeometry.headDim * 4;
  const stack = {
    whereIs: ({ block }: PageId) => (inMemory.has(block) ? ('memory' as const) : ('disk' as const)),
    raise: (id: PageId, _priority: string, signal: AbortSignal) =>
      new Promise<RaiseOutcome>((end) => void asked.push({ page: id, signal, end })),
    stats: () => [{ tier: 'pinned' as const, budgetBytes: pinnedPages * bytes }] as never,
  };
  const prefetch = new Prefetcher({
    policy: {
      layersAhead: 0,
      bringsQueued: false,
      expectsTurns: true,
      ended: () => null,
      followed: (gap) => void gaps.push(gap),
      ...policy,
    },
    stack,
    clock,
    geometry: tinyGeometry,
    range: { from: 0, to: layers },
  });
  return { prefetch, asked, gaps, clock, inMemory };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

describe('a sequence that waits for its first step', () => {
  it('has its pages raised in their order, a few at a time, until that step comes', async () => {
    const { prefetch, asked, inMemory } = prefetcher({ bringsQueued: true });
    inMemory.add(blockKeyOf(1));
    const sequence = {};
    prefetch.queued(sequence, () => Array.from({ length: 20 }, (_, block) => page(block)));
    const first = [0, 2, 3, 4, 5, 6, 7, 8].map((block) => page(block));
    expect(asked.map((one) => one.page)).toEqual(first);
    asked[0]!.end({ kind: 'raised' });
    await settled();
    expect(asked.at(-1)!.page).toEqual(page(9));
    prefetch.began(sequence);
    expect(asked.every(({ signal }) => signal.aborted)).toBe(true);
    for (const { end } of asked) end({ kind: 'cancelled' });
    await settled();
    expect(asked).toHaveLength(9);
  });

  it('is left alone where pinned memory gives no room, and under policies that do not want it', async () => {
    const { prefetch, asked } = prefetcher({ bringsQueued: true });
    prefetch.queued({}, () => Array.from({ length: 20 }, (_, block) => page(block)));
    for (const { end } of asked) end({ kind: 'full' });
    await settled();
    expect(asked).toHaveLength(8);
    const other = prefetcher({});
    other.prefetch.queued({}, () => [page(1)]);
    expect(other.asked).toEqual([]);
  });
});

describe('a conversation whose turn ended', () => {
  it('is not kept in mind where the policy expects no turns', async () => {
    const { prefetch, asked, clock, gaps } = prefetcher({ expectsTurns: false, ended: () => 500 });
    prefetch.ended(chainOf(1, 2));
    await clock.advance(1_000);
    prefetch.opened(chainOf(1, 2, 3));
    expect({ asked, gaps }).toEqual({ asked: [], gaps: [] });
  });

  it('has its blocks raised when the policy says, the first ones first', async () => {
    const { prefetch, asked, clock } = prefetcher({ ended: () => 500 });
    prefetch.ended(chainOf(1, 2));
    await clock.advance(499);
    expect(asked).toEqual([]);
    await clock.advance(1);
    const blocks = asked.map((one) => one.page.block);
    expect(new Set(blocks)).toEqual(new Set(chainOf(1, 2)));
    expect(blocks.indexOf(blockKeyOf(2))).toBeGreaterThan(blocks.lastIndexOf(blockKeyOf(1)));
  });

  it('has none raised once its next turn is there, and the policy hears how long that took', async () => {
    const { prefetch, asked, clock, gaps } = prefetcher({ ended: () => 500 });
    prefetch.ended(chainOf(1, 2));
    await clock.advance(300);
    prefetch.opened(chainOf(9));
    prefetch.opened(chainOf(1, 2, 3, 4));
    prefetch.opened(chainOf(1, 2, 3, 4));
    await clock.advance(1000);
    expect(gaps).toEqual([300]);
    expect(asked).toEqual([]);
    expect(clock.pendingTimers).toBe(0);
    prefetch.ended(chainOf(1, 2, 3));
    prefetch.close();
    expect(clock.pendingTimers).toBe(0);
  });

  it('takes half of pinned memory at most, and 4,096 of them are waited for', async () => {
    const { prefetch, asked, clock } = prefetcher({ ended: () => 500 }, 8);
    prefetch.ended(chainOf(1, 2, 3, 4, 5, 6, 7, 8));
    await clock.advance(500);
    expect(asked).toHaveLength(4);
    for (let block = 100; block < 100 + 5000; block += 1) prefetch.ended(chainOf(block));
    expect(clock.pendingTimers).toBe(4096);
  });
});
