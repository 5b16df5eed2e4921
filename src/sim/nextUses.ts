import type { Trace } from './trace.js';

/** The next use of a block that is not used again: behind every access. */
export const neverAgain = 2 ** 32 - 1;

/** `[accesses]`: at which access the block of each access is used next, or `neverAgain`. */
export function nextUses({ blocks, uniqueBlocks }: Trace): Uint32Array {
  const next = new Uint32Array(blocks.length);
  const nextOf = new Uint32Array(uniqueBlocks).fill(neverAgain);
  for (let at = blocks.length - 1; at >= 0; at -= 1) {
    const block = blocks[at]!;
    next[at] = nextOf[block]!;
    nextOf[block] = at;
  }
  return next;
}
