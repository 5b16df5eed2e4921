import { HandleList } from './handleList.js';

/** Buckets of distances for each doubling. */
const bucketsPerDoubling = 4;
const bucketsMax = 32 * bucketsPerDoubling;

/**
 * How many other handles were used between two uses of one: LRU stack distances (Mattson et al., "Evaluation
 * techniques for storage hierarchies", IBM Systems Journal 9(2), 1970), of the `handlesMax` used last. A use costs
 * O(log handlesMax).
 */
export class StackDistances {
  readonly #handlesMax: number;
  readonly #order = new HandleList();
  /** Fenwick tree over moments: 1 where the last use of some handle was. */
  readonly #tree: Int32Array;
  #moment = 0;
  #momentOf = new Int32Array(256);
  readonly #buckets = new Float64Array(bucketsMax);
  #uses = 0;

  constructor(handlesMax: number) {
    this.#handlesMax = handlesMax;
    this.#tree = new Int32Array(2 * handlesMax + 1);
  }

  get uses(): number {
    return this.#uses;
  }

  /** @returns the handle that is not remembered any more, or -1. */
  use(handle: number): number {
    this.#uses += 1;
    if (this.#moment === 2 * this.#handlesMax) this.#compact();
    let forgotten = -1;
    if (this.#order.has(handle)) {
      const last = this.#momentOf[handle]!;
      const distance = this.#order.size - this.#countUpTo(last);
      this.#buckets[bucketOf(distance)]! += 1;
      this.#add(last, -1);
    } else if (this.#order.size === this.#handlesMax) {
      forgotten = this.#order.first;
      this.#order.remove(forgotten);
      this.#add(this.#momentOf[forgotten]!, -1);
    }
    this.#order.pushBack(handle);
    this.#place(handle);
    return forgotten;
  }

  /** Share of the uses that an LRU cache of so many handles would have missed, told to a fifth of `capacity`. */
  missRatio(capacity: number): number {
    if (this.#uses === 0) return 1;
    let hits = 0;
    for (let bucket = 0; bucket < bucketsMax && leastOf(bucket) < capacity; bucket += 1)
      hits += this.#buckets[bucket]!;
    return 1 - hits / this.#uses;
  }

  #place(handle: number): void {
    if (handle >= this.#momentOf.length) {
      const more = new Int32Array(Math.max(handle + 1, 2 * this.#momentOf.length));
      more.set(this.#momentOf);
      this.#momentOf = more;
    }
    this.#moment += 1;
    this.#momentOf[handle] = this.#moment;
    this.#add(this.#moment, 1);
  }

  /** Moments without a last use go. */
  #compact(): void {
    this.#tree.fill(0);
    this.#moment = 0;
    for (let handle = this.#order.first; handle >= 0; handle = this.#order.after(handle)) this.#place(handle);
  }

  #add(moment: number, change: number): void {
    for (let at = moment; at < this.#tree.length; at += at & -at) this.#tree[at]! += change;
  }

  #countUpTo(moment: number): number {
    let count = 0;
    for (let at = moment; at > 0; at -= at & -at) count += this.#tree[at]!;
    return count;
  }
}

function bucketOf(distance: number): number {
  return Math.min(bucketsMax - 1, Math.floor(bucketsPerDoubling * Math.log2(distance + 1) + 1e-9));
}

/** The least distance in the bucket. */
function leastOf(bucket: number): number {
  return 2 ** (bucket / bucketsPerDoubling) - 1;
}
