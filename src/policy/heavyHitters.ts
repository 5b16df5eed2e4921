import { pagesOfShare } from './pageShare.js';

/** Decode steps that a page is read in before its attention may count against it. */
export const observedStepsMin = 16;

/**
 * Which pages of one layer a sequence keeps by the attention that they got (H2O, a page at a time): half of what
 * it keeps are the newest, which had no time to get any, and half those with most. What goes does not come back.
 */
export class HeavyHitters {
  readonly #share: number;
  /** Attention of the pages that are kept, by block. */
  readonly #mass = new Map<number, number>();
  #gone = 0;
  #observedSteps = 0;

  constructor(share: number) {
    this.#share = share;
  }

  /** A step attended to these blocks. */
  attended(blocks: ArrayLike<number>, mass: ArrayLike<number>, isDecode: boolean): void {
    for (let at = 0; at < blocks.length; at += 1) {
      this.#mass.set(blocks[at]!, (this.#mass.get(blocks[at]!) ?? 0) + mass[at]!);
    }
    if (isDecode) this.#observedSteps += 1;
  }

  /** The blocks to let go after a step; from then on they are no more. */
  takeLeaving(): number[] {
    if (this.#observedSteps < observedStepsMin) return [];
    const count = pagesOfShare(this.#share, this.#mass.size + this.#gone);
    if (this.#mass.size <= count) return [];
    const newestFirst = [...this.#mass.keys()].sort((a, b) => b - a);
    const newest = Math.ceil(count / 2);
    const leaving = newestFirst
      .slice(newest)
      .sort((a, b) => this.#mass.get(b)! - this.#mass.get(a)!)
      .slice(count - newest);
    for (const block of leaving) this.#mass.delete(block);
    this.#gone += leaving.length;
    return leaving;
  }
}
