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

const rotateLeft = (value: number, bits: number): number => (value << bits) | (value >>> (32 - bits));

/** xoshiro128** by Blackman and Vigna: the same seed gives the same numbers on every machine. */
export class SeededRandom {
  readonly #state: Uint32Array;

  /** @param seed any integer from 0 to 2^53 - 1. */
  constructor(seed: number) {
    const words = splitmix64(BigInt(seed));
    const [low, high] = [words(), words()];
    this.#state = Uint32Array.from([low, low >> 32n, high, high >> 32n], (word) =>
      Number(word & 0xffffffffn),
    );
  }

  /** The next 32 bits, as a number from 0 to 2^32 - 1. */
  next(): number {
    const [s0 = 0, s1 = 0, s2 = 0, s3 = 0] = this.#state;
    const result = Math.imul(rotateLeft(Math.imul(s1, 5), 7), 9) >>> 0;
    const t2 = s2 ^ s0;
    const t3 = s3 ^ s1;
    this.#state.set([s0 ^ t3, s1 ^ t2, t2 ^ (s1 << 9), rotateLeft(t3, 11)]);
    return result;
  }

  /** A number in [0, 1) with 53 random bits. */
  fraction(): number {
    const high = this.next() >>> 5;
    const low = this.next() >>> 6;
    return (high * 2 ** 26 + low) / 2 ** 53;
  }
}
