import type { Trace } from './trace.js';

/** Whether every block always comes behind the same block, or always first: whether ids name prefixes. */
export function isPrefixTree({ blocks, firstAccess, requests, uniqueBlocks }: Trace): boolean {
  const unseen = -2;
  const parents = new Float64Array(uniqueBlocks).fill(unseen);
  for (let request = 0; request < requests; request += 1) {
    let parent = -1;
    for (let at = firstAccess[request]!; at < firstAccess[request + 1]!; at += 1) {
      const block = blocks[at]!;
      if (parents[block] === unseen) parents[block] = parent;
      else if (parents[block] !== parent) return false;
      parent = block;
    }
  }
  return true;
}
