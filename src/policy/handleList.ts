const initialCapacity = 256;

/**
 * A doubly linked list of dense handles over typed arrays: every operation is O(1) and allocates nothing
 * but when a handle beyond the capacity comes. A handle is in the list at most once.
 */
export class HandleList {
  /** Index 0 is the sentinel, handle h lies at h + 1; a `next` of -1 means: not in the list. */
  #next = new Int32Array(initialCapacity).fill(-1);
  #previous = new Int32Array(initialCapacity).fill(-1);
  #size = 0;

  constructor() {
    this.#next[0] = 0;
    this.#previous[0] = 0;
  }

  get size(): number {
    return this.#size;
  }

  has(handle: number): boolean {
    return handle + 1 < this.#next.length && this.#next[handle + 1] !== -1;
  }

  /** The handle at the front, or -1. */
  get first(): number {
    return this.#next[0]! - 1;
  }

  /** The handle at the back, or -1. */
  get last(): number {
    return this.#previous[0]! - 1;
  }

  /** The handle behind one that is in the list, or -1. */
  after(handle: number): number {
    return this.#next[handle + 1]! - 1;
  }

  /** The handle before one that is in the list, or -1. */
  before(handle: number): number {
    return this.#previous[handle + 1]! - 1;
  }

  /** Puts the handle at the back, wherever it was before. */
  pushBack(handle: number): void {
    this.remove(handle);
    const at = handle + 1;
    if (at >= this.#next.length) this.#grow(at + 1);
    const back = this.#previous[0]!;
    this.#next[back] = at;
    this.#previous[at] = back;
    this.#next[at] = 0;
    this.#previous[0] = at;
    this.#size += 1;
  }

  /** Takes the handle out; nothing happens when it is not in. */
  remove(handle: number): void {
    if (!this.has(handle)) return;
    const at = handle + 1;
    const next = this.#next[at]!;
    const previous = this.#previous[at]!;
    this.#next[previous] = next;
    this.#previous[next] = previous;
    this.#next[at] = -1;
    this.#size -= 1;
  }

  #grow(least: number): void {
    const capacity = Math.max(least, 2 * this.#next.length);
    this.#next = extended(this.#next, capacity);
    this.#previous = extended(this.#previous, capacity);
  }
}

function extended(from: Int32Array<ArrayBuffer>, capacity: number): Int32Array<ArrayBuffer> {
  const to = new Int32Array(capacity).fill(-1);
  to.set(from);
  return to;
}
