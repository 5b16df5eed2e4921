import { copied } from './copied.js';
import { grownLength } from './growth.js';

const initialCapacity = 256;
const arityBits = 2;
const arity = 1 << arityBits;

/**
 * Dense handles in the order of a number, the least first; among equals the one with the lesser `tie`. Typed
 * arrays: an operation is O(log size), and nothing is allocated but when there is more than ever before. Keys
 * lie beside each other by place, so that a comparison of siblings reads one line of the processor's cache.
 */
export class HandleHeap {
  #handles = new Int32Array(initialCapacity);
  #keys = new Float64Array(initialCapacity);
  #ties: Float64Array | undefined;
  /** Place of a handle, or -1. */
  #places = new Int32Array(initialCapacity).fill(-1);
  readonly #capacity: number;
  #size = 0;

  /**
   * @param capacity handles that are expected; more may come
   * @param hasTies whether keys may be equal; else ties are not kept, and are 0
   */
  constructor(capacity: number, hasTies: boolean) {
    this.#capacity = capacity;
    this.#ties = hasTies ? new Float64Array(initialCapacity) : undefined;
  }

  get size(): number {
    return this.#size;
  }

  has(handle: number): boolean {
    return handle < this.#places.length && this.#places[handle] !== -1;
  }

  /** The handle with the least key; there must be one. */
  get first(): number {
    return this.#handles[0]!;
  }

  get firstKey(): number {
    return this.#keys[0]!;
  }

  get firstTie(): number {
    return this.#tieAt(0);
  }

  /** Puts the handle where the key belongs, whether it was in or not. */
  set(handle: number, key: number, tie: number): void {
    if (handle >= this.#places.length) this.#growPlaces(handle + 1);
    let place = this.#places[handle]!;
    if (place === -1) {
      if (this.#size === this.#handles.length) this.#grow();
      place = this.#size;
      this.#size += 1;
    }
    this.#settle(place, handle, key, tie);
  }

  /** Takes the handle out; nothing happens when it is not in. */
  remove(handle: number): void {
    if (!this.has(handle)) return;
    const place = this.#places[handle]!;
    this.#places[handle] = -1;
    this.#size -= 1;
    const last = this.#size;
    if (place !== last) this.#settle(place, this.#handles[last]!, this.#keys[last]!, this.#tieAt(last));
  }

  /** Takes the same from every key, which leaves the order as it is. */
  lower(by: number): void {
    for (let place = 0; place < this.#size; place += 1) this.#keys[place]! -= by;
  }

  /** Fills the hole at a place, moving it up or down to where the entry belongs. */
  #settle(hole: number, handle: number, key: number, tie: number): void {
    const risen = this.#rise(hole, key, tie);
    const place = risen === hole ? this.#sink(hole, key, tie) : risen;
    this.#write(place, handle, key, tie);
  }

  #rise(from: number, key: number, tie: number): number {
    const keys = this.#keys;
    let place = from;
    while (place > 0) {
      const above = (place - 1) >> arityBits;
      const aboveKey = keys[above]!;
      if (key > aboveKey || (key === aboveKey && tie >= this.#tieAt(above))) break;
      this.#move(above, place);
      place = above;
    }
    return place;
  }

  /** Ties lie elsewhere than keys, and are read only where they decide. */
  #sink(from: number, key: number, tie: number): number {
    const keys = this.#keys;
    const size = this.#size;
    let place = from;
    for (;;) {
      const below = arity * place + 1;
      if (below >= size) return place;
      const end = Math.min(below + arity, size);
      let least = below;
      let leastKey = keys[below]!;
      for (let other = below + 1; other < end; other += 1) {
        const otherKey = keys[other]!;
        if (otherKey > leastKey) continue;
        if (otherKey === leastKey && this.#tieAt(other) >= this.#tieAt(least)) continue;
        least = other;
        leastKey = otherKey;
      }
      if (key < leastKey || (key === leastKey && tie < this.#tieAt(least))) return place;
      this.#move(least, place);
      place = least;
    }
  }

  #tieAt(place: number): number {
    return this.#ties ? this.#ties[place]! : 0;
  }

  #move(from: number, to: number): void {
    this.#write(to, this.#handles[from]!, this.#keys[from]!, this.#tieAt(from));
  }

  #write(place: number, handle: number, key: number, tie: number): void {
    this.#handles[place] = handle;
    this.#keys[place] = key;
    if (this.#ties) this.#ties[place] = tie;
    this.#places[handle] = place;
  }

  #grow(): void {
    const length = grownLength(this.#handles.length, this.#size + 1, this.#capacity);
    this.#handles = copied(this.#handles, new Int32Array(length));
    this.#keys = copied(this.#keys, new Float64Array(length));
    if (this.#ties) this.#ties = copied(this.#ties, new Float64Array(length));
  }

  #growPlaces(least: number): void {
    const length = grownLength(this.#places.length, least, this.#capacity);
    this.#places = copied(this.#places, new Int32Array(length).fill(-1));
  }
}
