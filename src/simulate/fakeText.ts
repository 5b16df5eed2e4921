import type { Geometry } from '../core/geometry.js';
import { fakeLogits, mix } from './fakeModel.js';

/** What `fakeReference` says after each token of a text, without starting anew. */
export class FakeText {
  readonly #geometry: Geometry;
  /** For each layer the sums of the keys before each position, modulo 2^32. */
  readonly #sums: number[][];
  #state = 0;

  constructor(geometry: Geometry) {
    this.#geometry = geometry;
    this.#sums = geometry.layers.map(() => [0]);
  }

  push(token: number): void {
    let state = mix(token);
    this.#geometry.layers.forEach((attention, layer) => {
      const sums = this.#sums[layer]!;
      const position = sums.length - 1;
      const sum = (sums[position]! + mix(layer, position, state)) >>> 0;
      sums.push(sum);
      const oldest = attention.kind === 'full' ? 0 : Math.max(0, position - attention.window + 1);
      state = mix(state, (sum - sums[oldest]!) >>> 0);
    });
    this.#state = state;
  }

  /** After the last token. */
  logits(): Float32Array {
    return fakeLogits(this.#state);
  }
}
