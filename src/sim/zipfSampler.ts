import type { SeededRandom } from './seededRandom.js';

/**
 * Draws ranks from 0 to `count - 1`, rank r with a probability proportional to 1 / (r + 1)^skew, each in
 * constant time. Source: the alias method, M. D. Vose, 1991.
 */
export class ZipfSampler {
  /** The share of a column that is its own rank's; the rest is its alias's. */
  readonly #own: Float64Array;
  readonly #alias: Uint32Array;

  constructor(count: number, skew: number) {
    const own = Float64Array.from({ length: count }, (_, rank) => (rank + 1) ** -skew);
    const sum = own.reduce((total, weight) => total + weight, 0);
    this.#own = own.map((weight) => (weight * count) / sum);
    this.#alias = new Uint32Array(count);
    this.#pair();
  }

  /** How many ranks there are. */
  get count(): number {
    return this.#own.length;
  }

  draw(random: SeededRandom): number {
    const column = Math.floor(random.fraction() * this.#own.length);
    return random.fraction() < this.#own[column]! ? column : this.#alias[column]!;
  }

  /** Fills every column that has too little from one that has too much. */
  #pair(): void {
    const own = this.#own;
    const small: number[] = [];
    const large: number[] = [];
    for (let rank = 0; rank < own.length; rank += 1) (own[rank]! < 1 ? small : large).push(rank);
    for (let poor = small.pop(); poor !== undefined; poor = small.pop()) {
      const rich = large.pop();
      // What rounding left over is a full column.
      if (rich === undefined) own[poor] = 1;
      else {
        this.#alias[poor] = rich;
        own[rich]! -= 1 - own[poor]!;
        (own[rich]! < 1 ? small : large).push(rich);
      }
    }
    for (const rank of large) own[rank] = 1;
  }
}
