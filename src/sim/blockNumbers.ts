import { mix32 } from '../core/mix32.js';
import { copied } from '../policy/copied.js';

const firstPlaces = 1024;

/** Numbers 64-bit ids densely in the order of their first appearance: open addressing over flat arrays. */
export class BlockNumbers {
  /** Number + 1 of the id that hashes here, or to a place before it without a gap between; 0 for none. */
  #places = new Uint32Array(firstPlaces);
  #low = new Uint32Array(firstPlaces);
  #high = new Uint32Array(firstPlaces);
  #count = 0;

  get count(): number {
    return this.#count;
  }

  /** The number of an id, given as its two halves; a new one where it was never seen. */
  numberOf(low: number, high: number): number {
    const place = this.#placeOf(low, high);
    const found = this.#places[place]!;
    if (found !== 0) return found - 1;
    if (this.#count === this.#low.length) this.#growIds();
    this.#low[this.#count] = low;
    this.#high[this.#count] = high;
    this.#count += 1;
    this.#places[place] = this.#count;
    if (this.#count * 2 > this.#places.length) this.#spread();
    return this.#count - 1;
  }

  /** The two halves of all ids by their numbers. */
  ids(): { readonly low: Uint32Array; readonly high: Uint32Array } {
    return { low: this.#low.subarray(0, this.#count), high: this.#high.subarray(0, this.#count) };
  }

  #placeOf(low: number, high: number): number {
    const mask = this.#places.length - 1;
    let at = mix32(low ^ Math.imul(high, 0x9e3779b1)) & mask;
    for (let found = this.#places[at]!; found !== 0; found = this.#places[at]!) {
      if (this.#low[found - 1] === low && this.#high[found - 1] === high) return at;
      at = (at + 1) & mask;
    }
    return at;
  }

  #growIds(): void {
    this.#low = copied(this.#low, new Uint32Array(2 * this.#count));
    this.#high = copied(this.#high, new Uint32Array(2 * this.#count));
  }

  #spread(): void {
    this.#places = new Uint32Array(2 * this.#places.length);
    for (let number = 0; number < this.#count; number += 1) {
      this.#places[this.#placeOf(this.#low[number]!, this.#high[number]!)] = number + 1;
    }
  }
}
