import { SeededRandom } from '../../src/decode/seededRandom.js';

/** Numbers that programs are known to trip over. */
const oddNumbers = [
  0, 1, 2, 31, 32, 33, 63, 64, 65, 255, 256, 4095, 4096, 65_535, 65_536, 0x7fff_ffff, 0xffff_ffff,
];

/** What a fuzzer draws from: the same seed gives the same bytes. */
export class FuzzSource {
  readonly #random: SeededRandom;

  constructor(seed: number) {
    this.#random = new SeededRandom(seed);
  }

  /** A whole number from 0, below `end`. */
  below(end: number): number {
    return Math.floor(this.#random.fraction() * end);
  }

  chance(probability: number): boolean {
    return this.#random.fraction() < probability;
  }

  pick<T>(values: readonly T[]): T {
    return values[this.below(values.length)]!;
  }

  u32(): number {
    return this.chance(0.5) ? this.pick(oddNumbers) : this.#random.next();
  }

  bytes(length: number): Buffer {
    const bytes = Buffer.allocUnsafe(length);
    for (let at = 0; at < length; at += 1) bytes[at] = this.#random.next() & 0xff;
    return bytes;
  }

  /** A copy with some bits flipped, cut short, made longer, or with a stretch of it somewhere else. */
  mutated(bytes: Buffer): Buffer {
    const copy = Buffer.from(bytes);
    switch (this.below(4)) {
      case 0:
        for (let flips = 1 + this.below(4); flips > 0 && copy.length > 0; flips -= 1) {
          copy[this.below(copy.length)]! ^= 1 << this.below(8);
        }
        return copy;
      case 1:
        return copy.subarray(0, this.below(copy.length + 1));
      case 2:
        return Buffer.concat([copy, this.bytes(this.below(100))]);
      default: {
        const from = this.below(copy.length + 1);
        copy.copyWithin(this.below(copy.length + 1), from, from + this.below(64));
        return copy;
      }
    }
  }
}
