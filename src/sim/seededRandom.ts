import { mix32 } from '../core/mix32.js';
import { Xoshiro128 } from '../core/xoshiro128.js';

/** Randomness of traces, which a seed repeats. */
export class SeededRandom {
  readonly #words: Xoshiro128;

  constructor(seed: number) {
    const start = mix32(seed >>> 0) ^ mix32(Math.floor(seed / 2 ** 32) ^ 0x9e3779b9) ^ mix32(0x7f4a7c15);
    const state = Uint32Array.from([1, 2, 3, 4], (word) => mix32(start + Math.imul(word, 0x9e3779b9)));
    this.#words = new Xoshiro128(state);
  }

  /** A whole number from 0 to 2^32 - 1. */
  word(): number {
    return this.#words.next();
  }

  /** A number in [0, 1). */
  fraction(): number {
    return this.word() / 2 ** 32;
  }

  /** A number above 0 with that mean, exponentially distributed. */
  exponential(mean: number): number {
    return -mean * Math.log(1 - this.fraction());
  }

  /** A whole number from 1 with that mean, geometrically distributed. */
  geometric(mean: number): number {
    return mean <= 1 ? 1 : 1 + Math.floor(Math.log(1 - this.fraction()) / Math.log(1 - 1 / mean));
  }
}
