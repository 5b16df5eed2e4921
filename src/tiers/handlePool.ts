import { grown, int32Column } from './grown.js';

/** Dense numbers from 0, each used again once it was given back. */
export class HandlePool {
  #given = 0;
  /** The first `#freeCount` of them are free. */
  #free = new Int32Array(64);
  #freeCount = 0;

  /** Every number in use is below this. */
  get end(): number {
    return this.#given;
  }

  take(): number {
    if (this.#freeCount === 0) {
      this.#given += 1;
      return this.#given - 1;
    }
    this.#freeCount -= 1;
    return this.#free[this.#freeCount]!;
  }

  giveBack(handle: number): void {
    this.#free = grown(this.#free, this.#freeCount, int32Column);
    this.#free[this.#freeCount] = handle;
    this.#freeCount += 1;
  }
}
