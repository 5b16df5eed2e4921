/** Random words that a seed repeats on every machine: xoshiro128** of D. Blackman and S. Vigna, 2018. Not for secrets. */
export class Xoshiro128 {
  readonly #state: Uint32Array;

  /** @param state four words, not all 0, that whoever seeds it has mixed well; they are its own from then on. */
  constructor(state: Uint32Array) {
    this.#state = state;
  }

  /** The next 32 bits, as a number from 0 to 2^32 - 1. */
  next(): number {
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
}
