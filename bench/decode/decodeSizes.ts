/** How much the decode bench does. */
export interface DecodeSizes {
  /** Contexts at which kvtide, all hot, meets the graph, ascending; the last is that of the cold rows. */
  readonly contexts: readonly number[];
  /** Context at which every token is also computed without any cache. */
  readonly noCacheContext: number;
  readonly rounds: number;
  /** Tokens that are timed in a round. */
  readonly tokens: number;
  /** Tokens before them that are not timed. */
  readonly warmUp: number;
  readonly noCacheTokens: number;
  /** Longest golden prompt that the graph is checked with. */
  readonly goldenTokensMax: number;
}

export const fullSizes: DecodeSizes = {
  contexts: [1024, 8192, 32_768],
  noCacheContext: 2048,
  rounds: 7,
  tokens: 32,
  warmUp: 2,
  noCacheTokens: 2,
  goldenTokensMax: 512,
};

/** The same rows, smaller: the ratios keep their names, but only those of the full sizes mean much. */
export const shortSizes: DecodeSizes = {
  contexts: [512, 1024, 4096],
  noCacheContext: 1024,
  rounds: 3,
  tokens: 16,
  warmUp: 2,
  noCacheTokens: 1,
  goldenTokensMax: 64,
};

/** Tokens that a sequence grows by in all rounds. */
export function grownTokens({ rounds, tokens, warmUp }: DecodeSizes): number {
  return rounds * (tokens + warmUp);
}

/** The longest context of a run. */
export function longestContext({ contexts, noCacheContext }: DecodeSizes): number {
  return Math.max(...contexts, noCacheContext);
}
