/** How much the needle bench does. */
export interface NeedleSizes {
  readonly tokens: number;
  readonly blockTokens: number;
  /** Of the model: K and V of a token take so many floats in each of its two layers. */
  readonly headDim: number;
}

export const fullSizes: NeedleSizes = { tokens: 2 ** 20, blockTokens: 256, headDim: 64 };
/** Smaller blocks, so that the shares of the tiers are still some pages. */
export const shortSizes: NeedleSizes = { tokens: 2 ** 14, blockTokens: 64, headDim: 16 };

export const needleCount = 20;
