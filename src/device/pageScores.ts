import type { Queries } from './attentionKernel.js';

/**
 * Upper bounds of the attention scores that queries can have with the keys of a page, from the page's key
 * bounds alone: for each channel the larger of q × least and q × largest, added up.
 */
export class PageScores {
  /** Over all KV heads. */
  readonly rows: number;
  readonly #kvHeads: number;
  readonly #headDim: number;
  /** `[rows][2][headDim]`: what meets the least, q where it is negative, and what meets the largest. */
  readonly #parts: Float64Array;

  constructor({ values, rows }: Pick<Queries, 'values' | 'rows'>, kvHeads: number, headDim: number) {
    const scale = 1 / Math.sqrt(headDim);
    this.rows = kvHeads * rows;
    this.#kvHeads = kvHeads;
    this.#headDim = headDim;
    this.#parts = new Float64Array(2 * this.rows * headDim);
    for (let row = 0; row < this.rows; row += 1) {
      for (let channel = 0; channel < headDim; channel += 1) {
        const q = values[row * headDim + channel]! * scale;
        this.#parts[(2 * row + (q < 0 ? 0 : 1)) * headDim + channel] = q;
      }
    }
  }

  /**
   * Writes a bound for each row, ordered by KV head, into `into` from `start`.
   * @param bounds holds `[kvHeads][2][headDim]` from `offset`.
   */
  write(bounds: Float32Array, offset: number, into: Float64Array, start: number): void {
    const width = 2 * this.#headDim;
    const rowsPerHead = this.rows / this.#kvHeads;
    for (let row = 0; row < this.rows; row += 1) {
      const page = offset + Math.floor(row / rowsPerHead) * width;
      const query = row * width;
      let score = 0;
      for (let at = 0; at < width; at += 1) score += this.#parts[query + at]! * bounds[page + at]!;
      into[start + row] = score;
    }
  }
}
