import type { Geometry } from '../../src/core/geometry.js';

/** K and V of 256 tokens with 8 KV heads of 128 float32 values: 2 MiB a page, in two layers. */
export const benchGeometry: Geometry = {
  layers: [
    { kind: 'full', rope: true },
    { kind: 'full', rope: true },
  ],
  kvHeads: 8,
  headDim: 128,
  dtype: 'f32',
  blockTokens: 256,
  layoutVersion: 1,
};

export interface TransferSizes {
  /** Pages that are read, all of them different. */
  readonly pages: number;
  /** How often they are moved in one round. */
  readonly passes: number;
  readonly rounds: number;
  /** Requests under way at once, for each contender that can have several. */
  readonly depths: readonly number[];
}

export const fullSizes: TransferSizes = { pages: 64, passes: 2, rounds: 5, depths: [1, 4, 16] };
export const shortSizes: TransferSizes = { pages: 16, passes: 1, rounds: 2, depths: [4] };
