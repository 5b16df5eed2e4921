import type { Geometry, LayerAttention } from '../core/geometry.js';

/** A geometry with pages of 2 KiB, which a simulation fills in a few steps. */
export function smallGeometry(layers: readonly LayerAttention[]): Geometry {
  return { layers, kvHeads: 1, headDim: 16, dtype: 'f32', blockTokens: 16, layoutVersion: 1 };
}

/** Windows and full layers by turns. */
export const mixedGeometry = smallGeometry([
  { kind: 'window', window: 20, rope: true },
  { kind: 'full', rope: false },
  { kind: 'window', window: 40, rope: true },
  { kind: 'full', rope: true },
]);
