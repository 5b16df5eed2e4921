import { FarthestFirst } from './farthestFirst.js';
import { neverAgain, nextUses } from './nextUses.js';
import type { ReplayCounts } from './replayCounts.js';
import { firstCounted, type Trace } from './trace.js';

/**
 * The strict-prefix optimum: the most prefix hits that any cache of `capacity` blocks can have that knows the
 * future and need not admit what passes. A block counts only when all before it in its prompt are there.
 *
 * It is MIN with bypass: of the blocks seen, the cache keeps those that are used next the soonest, and the
 * block at hand stays only if it is one of them. Keeping a block from one use to the next is an interval, one
 * hit each, with at most `capacity` over any moment; dropping the interval that ends last is the greedy that
 * is best for unit intervals, so no cache has more hits on single blocks. Nor has one more on prefixes, since
 * a prefix hit is a hit. Where ids name prefixes, as hashes over all tokens so far do, every request that uses
 * a block uses its parent just before, so a parent is always used next sooner than its child, and is dropped
 * only after it: what is kept is closed under parents, all hits are prefix hits, and the bound is reached.
 * Where the ids form no such tree (`isPrefixTree`) the count stays a bound from above.
 *
 * Uncounted requests are worth nothing: nothing is kept for them, and the optimum is that of what is counted.
 * @param capacity blocks that fit.
 * @param warmup share of the requests that is replayed uncounted.
 */
export function prefixOptimum(trace: Trace, capacity: number, warmup = 0): ReplayCounts {
  const { blocks, firstAccess } = trace;
  const next = nextUses(trace);
  const held = new FarthestFirst(Math.min(capacity, trace.uniqueBlocks), trace.uniqueBlocks);
  const countedFrom = firstAccess[firstCounted(trace, warmup)]!;
  let hits = 0;
  for (let at = 0; at < blocks.length; at += 1) {
    const block = blocks[at]!;
    const use = next[at]!;
    const isHeld = held.has(block);
    if (isHeld && at >= countedFrom) hits += 1;
    if (use === neverAgain || use < countedFrom) {
      if (isHeld) held.delete(block);
    } else if (isHeld || held.size < capacity) {
      held.set(block, use);
    } else if (held.nextUseOf(held.farthest) > use) {
      held.delete(held.farthest);
      held.set(block, use);
    }
  }
  return { accesses: blocks.length - countedFrom, hits, prefixHits: hits };
}
