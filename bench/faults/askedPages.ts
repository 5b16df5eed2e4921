import type { BlockKey } from '../../src/core/blockKey.js';
import type { Geometry } from '../../src/core/geometry.js';
import { halfPageBytes } from '../../src/core/geometry.js';

/** Pages of 32 KiB in one layer. */
export const askedGeometry: Geometry = {
  layers: [{ kind: 'full', rope: true }],
  kvHeads: 2,
  headDim: 32,
  dtype: 'f32',
  blockTokens: 64,
  layoutVersion: 1,
};

export const askedHalfBytes = halfPageBytes(askedGeometry);

/** Blocks that are there from the start. */
export const askedBlocks = 256;

export function blockOf(number: number): BlockKey {
  return number.toString(16).padStart(64, '0') as BlockKey; // 32 bytes, as a hash has
}
