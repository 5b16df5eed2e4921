/** How much the needle bench does. */
export interface NeedleSizes {
  readonly tokens: number;
  readonly blockTokens: number;
  /** Of the model: K and V of a token take so many floats in each of its two layers. */
  readonly headDim: number;
}

export const fullSizes: NeedleSizes = { tokens: 2 ** 20, blockTokens: 256, headDim: 64 };
/** Smaller blocks, so that the shares below are still some pages. */
export const shortSizes: NeedleSizes = { tokens: 2 ** 14, blockTokens: 64, headDim: 16 };

export const needleCount = 20;
/** Layer ranges, and workers in all. */
export const needleStages = 2;
export const needleWorkers = 4;
/** Shares of a worker's KV that its device and its pinned memory hold; the rest lies on disk. */
export const deviceShare = 0.05;
export const pinnedShare = 0.25;
