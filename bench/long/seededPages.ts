import { type Geometry, halfPageBytes } from '../../src/core/geometry.js';
import type { PageView } from '../../src/core/pageView.js';

/** K and V of pages, drawn from a seed: evenly from -1 to 1. Only for geometries of float32. */
export class SeededPages {
  readonly #halfFloats: number;
  readonly #seed: number;
  /** Buffers that are nobody's. */
  readonly #free: Float32Array[] = [];

  constructor(geometry: Geometry, seed: number) {
    this.#halfFloats = halfPageBytes(geometry) / Float32Array.BYTES_PER_ELEMENT;
    this.#seed = seed;
  }

  /** The same bytes for the same block and layer; they are the caller's until `done`. */
  page(block: number, layer: number): PageView {
    const values = this.#free.pop() ?? new Float32Array(2 * this.#halfFloats);
    // Xorshift: a page is filled in a tenth of a millisecond, and its quality does not matter.
    let state = Math.imul(this.#seed + 1, 0x9e37_79b1) ^ Math.imul(2 * block + 1, 0x85eb_ca6b) ^ layer;
    state ||= 1;
    for (let at = 0; at < values.length; at += 1) {
      state ^= state << 13;
      state ^= state >>> 17;
      state ^= state << 5;
      values[at] = state / 2 ** 31;
    }
    const bytes = this.#halfFloats * Float32Array.BYTES_PER_ELEMENT;
    return {
      k: new Uint8Array(values.buffer, 0, bytes),
      v: new Uint8Array(values.buffer, bytes, bytes),
    };
  }

  /** The page's buffer may be used anew. */
  done({ k }: PageView): void {
    this.#free.push(new Float32Array(k.buffer as ArrayBuffer));
  }
}
