import type { KvDtype } from '../core/geometry.js';
import { halfFloats } from './halfFloats.js';

/** What decides where the keys of a page lie. */
export interface KeyShape {
  readonly kvHeads: number;
  readonly headDim: number;
  readonly blockTokens: number;
  readonly dtype: KvDtype;
}

/** Floats that bound the keys of one page: for each KV head the least of every channel, then the largest. */
export function boundsLength({ kvHeads, headDim }: Pick<KeyShape, 'kvHeads' | 'headDim'>): number {
  return 2 * kvHeads * headDim;
}

/**
 * Bounds of the keys of a whole page, `[kvHeads][2][headDim]`.
 * @param k the K half of the page, `[kvHeads][blockTokens][headDim]`.
 */
export function keyBounds(k: Uint8Array, shape: KeyShape): Float32Array {
  const { kvHeads, headDim, blockTokens, dtype } = shape;
  const keys = keyReader(k, dtype);
  const bounds = new Float32Array(boundsLength(shape));
  for (let head = 0; head < kvHeads; head += 1) {
    const low = 2 * head * headDim;
    const high = low + headDim;
    bounds.fill(Number.POSITIVE_INFINITY, low, high);
    bounds.fill(Number.NEGATIVE_INFINITY, high, high + headDim);
    for (let token = 0; token < blockTokens; token += 1) {
      const row = (head * blockTokens + token) * headDim;
      for (let channel = 0; channel < headDim; channel += 1) {
        const key =
          keys.table === null ? keys.values[row + channel]! : keys.table[keys.values[row + channel]!]!;
        if (key < bounds[low + channel]!) bounds[low + channel] = key;
        if (key > bounds[high + channel]!) bounds[high + channel] = key;
      }
    }
  }
  return bounds;
}

function keyReader({ buffer, byteOffset, byteLength }: Uint8Array, dtype: KvDtype) {
  if (dtype === 'f32') return { values: new Float32Array(buffer, byteOffset, byteLength / 4), table: null };
  return { values: new Uint16Array(buffer, byteOffset, byteLength / 2), table: halfFloats() };
}
