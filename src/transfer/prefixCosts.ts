/** What going on from some lengths of a prefix takes; the rest of it is computed anew. */
export interface PrefixCosts {
  /** In blocks, ascending; the last is the whole prefix. */
  readonly lengths: ArrayLike<number>;
  /** For each length, milliseconds until all is loaded; `Infinity` where one cannot go on from there. */
  readonly loadMs: ArrayLike<number>;
  /** Milliseconds to compute the pages of one block anew. */
  readonly recomputeMsPerBlock: number;
}

/** What one stage needs for itself. */
export interface StageCosts {
  /** For each number of blocks from 0 to the whole prefix, as in `PrefixCosts`. */
  readonly loadMs: Float64Array;
  readonly recomputeMsPerBlock: number;
}

/** Of every length, for a stage that has no other beside it. */
export function costsOfAll({ loadMs, recomputeMsPerBlock }: StageCosts): PrefixCosts {
  return { lengths: Uint32Array.from(loadMs.keys()), loadMs, recomputeMsPerBlock };
}

/** Of some lengths, each at most the stage's whole prefix. */
export function costsAt(
  { loadMs, recomputeMsPerBlock }: StageCosts,
  lengths: readonly number[],
): PrefixCosts {
  return { lengths, loadMs: lengths.map((length) => loadMs[length]!), recomputeMsPerBlock };
}

/**
 * What a stage and those after it need together: they load at the same time, and what is computed anew passes
 * all of them.
 * @param later of lengths that are at most the stage's whole prefix.
 */
export function costsTogether(stage: StageCosts, later: PrefixCosts): PrefixCosts {
  const loadMs = Float64Array.from(later.lengths, (length, at) =>
    Math.max(stage.loadMs[length]!, later.loadMs[at]!),
  );
  const recomputeMsPerBlock = stage.recomputeMsPerBlock + later.recomputeMsPerBlock;
  return { lengths: later.lengths, loadMs, recomputeMsPerBlock };
}
