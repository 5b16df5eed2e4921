import { Xoshiro128 } from '../core/xoshiro128.js';

const mask64 = (1n << 64n) - 1n;

/** SplitMix64: spreads a seed of any quality over as many words as wanted. */
function splitmix64(seed: bigint): () => bigint {
  let state = seed & mask64;
  return () => {
    state = (state + 0x9e3779b97f4a7c15n) & mask64;
    let mixed = state;
    mixed = ((mixed ^ (mixed >> 30n)) * 0xbf58476d1ce4e5b9n) & mask64;
    mixed = ((mixed ^ (mixed >> 27n)) * 0x94d049bb133111ebn) & mask64;
    return mixed ^ (mixed >> 31n);
  };
}

/** Randomness of sampling: the same seed gives the same numbers on every machine. */
export class SeededRandom {
  readonly #words: Xoshiro128;

  /** @param seed any integer from 0 to 2^53 - 1. */
  constructor(seed: number) {
    const words = splitmix64(BigInt(seed));
    const [low, high] = [words(), words()];
    this.#words = new Xoshiro128(
      Uint32Array.from([low, low >> 32n, high, high >> 32n], (word) => Number(word & 0xffffffffn)),
    );
  }

  /** The next 32 bits, as a number from 0 to 2^32 - 1. */
  next(): number {
    return this.#words.next();
  }

  /** A number in [0, 1) with 53 random bits. */
  fraction(): number {
    const high = this.next() >>> 5;
    const low = this.next() >>> 6;
    return (high * 2 ** 26 + low) / 2 ** 53;
  }
}
