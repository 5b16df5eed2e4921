/**
 * The few handles of least worth among those that were offered, kept over many evictions: a few random offers before
 * each then find victims nearly as good as if all were compared (as in Redis' approximated LRU).
 */
export class VictimPool {
  /** Rings that begin at `#first`, the least worth first. */
  readonly #handles: Int32Array;
  readonly #worths: Float64Array;
  readonly #mask: number;
  #first = 0;
  #size = 0;

  /** @param limit handles that it keeps, a power of two; of more, those worth most are dropped. */
  constructor(limit: number) {
    this.#handles = new Int32Array(limit);
    this.#worths = new Float64Array(limit);
    this.#mask = limit - 1;
  }

  get size(): number {
    return this.#size;
  }

  /** The least worth of those in it; infinite where none is. */
  get leastWorth(): number {
    return this.#size === 0 ? Number.POSITIVE_INFINITY : this.#worths[this.#first]!;
  }

  /**
   * Keeps a handle that is not in, if it is worth less than some other or there is room.
   * @returns the one that is out for it, which may be itself; -1 where all are kept.
   */
  offer(handle: number, worth: number): number {
    const worths = this.#worths;
    const mask = this.#mask;
    let dropped = -1;
    if (this.#size > mask) {
      const last = (this.#first + mask) & mask;
      if (worth >= worths[last]!) return handle;
      dropped = this.#handles[last]!;
      this.#size = mask;
    }
    let at = this.#first + this.#size;
    this.#size += 1;
    // Most are worth more than those that are in, and find their place at once.
    for (; at > this.#first && worths[(at - 1) & mask]! > worth; at -= 1) {
      worths[at & mask] = worths[(at - 1) & mask]!;
      this.#handles[at & mask] = this.#handles[(at - 1) & mask]!;
    }
    worths[at & mask] = worth;
    this.#handles[at & mask] = handle;
    return dropped;
  }

  /** Takes out the handle of least worth, of equals the one offered first; -1 where none is in. */
  take(): number {
    if (this.#size === 0) return -1;
    const handle = this.#handles[this.#first]!;
    this.#first = (this.#first + 1) & this.#mask;
    this.#size -= 1;
    return handle;
  }
}
