import type { PrefixCosts } from './prefixCosts.js';

/**
 * How many blocks of a prefix to go on from. A block can be computed only after all before it, so the rest
 * of the prefix is computed anew whatever lies behind: the choice is the length after which loads and
 * recomputation together take least, and of equals the longest. So between the lengths that are weighed no
 * stretch of blocks is loaded that would be computed sooner.
 */
export function blocksWorthLoading({ lengths, loadMs, recomputeMsPerBlock }: PrefixCosts): number {
  const whole = lengths[lengths.length - 1] ?? 0;
  let best = 0;
  let leastMs = Number.POSITIVE_INFINITY;
  for (let at = 0; at < lengths.length; at += 1) {
    const ms = loadMs[at]! + (whole - lengths[at]!) * recomputeMsPerBlock;
    // Where nothing can be gone on from, infinity equals infinity.
    if (ms > leastMs || ms === Number.POSITIVE_INFINITY) continue;
    best = lengths[at]!;
    leastMs = ms;
  }
  return best;
}
