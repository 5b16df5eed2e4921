/** Numbers that look random and are always the same (Marsaglia 2003): for sampling, not for secrets. */
export class Xorshift32 {
  #state: number;

  /** @param seed any number but 0. */
  constructor(seed: number) {
    this.#state = seed | 0;
  }

  /** A whole number from 0 to below `bound`. */
  below(bound: number): number {
    let state = this.#state;
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    this.#state = state;
    return Math.floor(((state >>> 0) / 2 ** 32) * bound);
  }
}
