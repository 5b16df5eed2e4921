/** What was measured in this worker; null before that. */
export interface MeasuredSpeeds {
  /** Bytes per millisecond from disk to the device. */
  readonly loadBytesPerMs: number | null;
  /** Milliseconds to compute the pages of one block anew, in all layers of the worker. */
  readonly recomputeMsPerBlock: number | null;
}

/**
 * How many blocks of a prefix to go on from. A block can be computed only after all before it, so the rest
 * of the prefix is computed anew whatever lies behind: the choice is the one after which loads and
 * recomputation together take least, and of equals the longest. So no stretch of blocks is loaded that
 * would be computed sooner. With nothing measured yet everything is loaded.
 *
 * @param loadBytes for each number of blocks from 0 to the whole prefix, the bytes that have to come from
 *   disk to go on from there; `Infinity` where one cannot.
 */
export function blocksWorthLoading(loadBytes: ArrayLike<number>, speeds: MeasuredSpeeds): number {
  const whole = loadBytes.length - 1;
  const { loadBytesPerMs, recomputeMsPerBlock } = speeds;
  if (loadBytesPerMs === null || recomputeMsPerBlock === null) return whole;
  let best = 0;
  let leastMs = Number.POSITIVE_INFINITY;
  for (let blocks = 0; blocks <= whole; blocks += 1) {
    const ms = loadBytes[blocks]! / loadBytesPerMs + (whole - blocks) * recomputeMsPerBlock;
    if (ms > leastMs) continue;
    best = blocks;
    leastMs = ms;
  }
  return best;
}
