import type { Geometry } from '../core/geometry.js';
import { canonicalJson } from '../core/namespace.js';

/** A text that differs when the KV of two models cannot be of the same shape. */
export function layoutName({
  layers,
  kvHeads,
  headDim,
}: Pick<Geometry, 'layers' | 'kvHeads' | 'headDim'>): string {
  return canonicalJson({ layers, kvHeads, headDim });
}
