import { mix32 } from '../core/mix32.js';

/** Randomness that a seed repeats: xoshiro128** of D. Blackman and S. Vigna, 2018. Not for secrets. */
export class SeededRandom {
  readonly #state = new Uint32Array(4);

  constructor(seed: number) {
    const start = mix32(seed >>> 0) ^ mix32(Math.floor(seed / 2 ** 32) ^ 0x9e3779b9) ^ mix32(0x7f4a7c15);
    for (let word = 0; word < 4; word += 1)
      this.#state[word] = mix32(start + Math.imul(word + 1, 0x9e3779b9));
  }

  /** A whole number from 0 to 2^32 - 1. */
  word(): number {
    const state = this.#state;
    const product = Math.imul(state[1]!, 5);
    const result = Math.imul((product << 7) | (product >>> 25), 9);
    const shifted = state[1]! << 9;
    state[2]! ^= state[0]!;
    state[3]! ^= state[1]!;
    state[1]! ^= state[2]!;
    state[0]! ^= state[3]!;
    state[2]! ^= shifted;
    state[3] = (state[3]! << 11) | (state[3]! >>> 21);
    return result >>> 0;
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
