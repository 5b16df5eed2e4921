import { firstCounted, type Trace } from './trace.js';

/** A tier as far as the bound goes, the fastest first. */
export interface BoundedTier {
  /** Milliseconds to load a block from it; 0 where it is used in place. */
  readonly loadMs: number;
  /**
   * Prefix hits of the strict-prefix optimum (`prefixOptimum`) in one cache of all blocks that fit in this tier and
   * those above.
   */
  readonly optimalHits: number;
}

export interface TierBoundOptions {
  /** Ascending in `optimalHits`. */
  readonly tiers: readonly BoundedTier[];
  readonly recomputeTokensPerSecond: number;
  /** Share of the requests that is not counted. */
  readonly warmup: number;
}

export interface TierBound {
  /** No policies have more prefix hits in all tiers together. */
  readonly prefixHits: number;
  /** No policies wait and compute less than this for all prompts that count, unless they load ahead of a request. */
  readonly costMs: number;
  /** The mean over the requests of that. */
  readonly meanTtftMs: number;
}

const msPerSecond = 1000;

/**
 * What no policies of tiers can beat. The first tiers together are one cache: a block gets into them only when it is
 * used, so prefix hits in them are at most those of the strict-prefix optimum at the sum of their sizes. A hit saves
 * computing a whole block at most, less its load, and the hits that a tier adds to those above may lie in it or in any
 * below that is faster. So the sum of the best saving of each hit is a bound from above, and what is left of computing
 * all prompts is one from below. It need not be reached: optima of different sizes may want different blocks.
 */
export function tierBound(trace: Trace, options: TierBoundOptions): TierBound {
  const { tiers, recomputeTokensPerSecond, warmup } = options;
  const msPerToken = msPerSecond / recomputeTokensPerSecond;
  const first = firstCounted(trace, warmup);
  let inputTokens = 0;
  for (let request = first; request < trace.requests; request += 1)
    inputTokens += trace.inputTokens[request]!;

  const savings = tiers.map(({ loadMs }) => Math.max(0, trace.blockTokens * msPerToken - loadMs));
  const savedMs = tiers.reduce((sum, { optimalHits }, at) => {
    const added = optimalHits - (tiers[at - 1]?.optimalHits ?? 0);
    return sum + added * Math.max(...savings.slice(at));
  }, 0);
  const costMs = Math.max(0, inputTokens * msPerToken - savedMs);
  const requests = trace.requests - first;
  return {
    prefixHits: tiers.at(-1)?.optimalHits ?? 0,
    costMs,
    meanTtftMs: requests === 0 ? 0 : costMs / requests,
  };
}
