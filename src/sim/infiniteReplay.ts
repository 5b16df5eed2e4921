import type { ReplayCounts } from './replayCounts.js';
import { firstCounted, type Trace } from './trace.js';

/** A cache that everything fits in: what it misses comes for the first time. */
export function infiniteReplay(trace: Trace, warmup = 0): ReplayCounts {
  const { blocks, firstAccess } = trace;
  const isSeen = new Uint8Array(trace.uniqueBlocks);
  const counted = firstCounted(trace, warmup);
  let hits = 0;
  let prefixHits = 0;
  for (let request = 0; request < trace.requests; request += 1) {
    let isPrefix = true;
    for (let at = firstAccess[request]!; at < firstAccess[request + 1]!; at += 1) {
      const block = blocks[at]!;
      if (isSeen[block] === 0) isPrefix = false;
      else if (request >= counted) {
        hits += 1;
        if (isPrefix) prefixHits += 1;
      }
      isSeen[block] = 1;
    }
  }
  return { accesses: blocks.length - firstAccess[counted]!, hits, prefixHits };
}
