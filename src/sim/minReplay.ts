import { FarthestFirst } from './farthestFirst.js';
import { nextUses } from './nextUses.js';
import type { ReplayCounts } from './replayCounts.js';
import { firstCounted, type Trace } from './trace.js';

/**
 * Belady's MIN on single blocks: it knows the future, admits every block, and lets go of the one that is used
 * next the latest. No policy that has to admit every block has more hits on blocks; on prefixes one might.
 * Source: L. A. Belady, A study of replacement algorithms for a virtual-storage computer, 1966.
 * @param capacity blocks that fit.
 * @param warmup share of the requests that is replayed uncounted.
 */
export function minReplay(trace: Trace, capacity: number, warmup = 0): ReplayCounts {
  const { blocks, firstAccess, requests, uniqueBlocks } = trace;
  const next = nextUses(trace);
  const held = new FarthestFirst(Math.min(capacity, uniqueBlocks), uniqueBlocks);
  const counted = firstCounted(trace, warmup);
  let hits = 0;
  let prefixHits = 0;
  for (let request = 0; request < requests; request += 1) {
    const end = firstAccess[request + 1]!;
    let isPrefix = true;
    for (let at = firstAccess[request]!; at < end; at += 1) {
      const block = blocks[at]!;
      if (!held.has(block)) {
        isPrefix = false;
        if (held.size === capacity) held.delete(held.farthest);
      } else if (request >= counted) {
        hits += 1;
        if (isPrefix) prefixHits += 1;
      }
      held.set(block, next[at]!);
    }
  }
  return { accesses: blocks.length - firstAccess[counted]!, hits, prefixHits };
}
