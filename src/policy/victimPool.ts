/**
 * The few handles of least worth among those that were offered, kept over many evictions: a few random offers before
 * each then find victims nearly as good as if all were compared (as in Redis' approximated LRU).
 */
export class VictimPool {
  readonly #handles: Int32Array;
  /** Descending. */
  readonly #worths: Float64Array;
  #size = 0;

  /** @param limit handles that it keeps; of more, those worth most are dropped. */
  constructor(limit: number) {
    this.#handles = new Int32Array(limit);
    this.#worths = new Float64Array(limit);
  }

  /** The least worth of those in it; infinite where none is. */
  get leastWorth(): number {
    return this.#size === 0 ? Number.POSITIVE_INFINITY : this.#worths[this.#size - 1]!;
  }

  /** Keeps the handle if it is worth less than some other or there is room. It is in at most once. */
  offer(handle: number, worth: number): void {
    const isFull = this.#size === this.#handles.length;
    if (isFull && worth >= this.#worths[0]!) return;
    for (let at = 0; at < this.#size; at += 1) if (this.#handles[at] === handle) return;
    if (isFull) this.#dropFirst();
    let at = this.#size;
    this.#size += 1;
    for (; at > 0 && this.#worths[at - 1]! <= worth; at -= 1) this.#move(at - 1, at);
    this.#handles[at] = handle;
    this.#worths[at] = worth;
  }

  /** Takes out the handle of least worth, of equals the one offered first; -1 where none is in. */
  take(): number {
    if (this.#size === 0) return -1;
    this.#size -= 1;
    return this.#handles[this.#size]!;
  }

  /** What the handles are worth changes with time: drops those of `isIn` false and orders the others anew. */
  renew(isIn: (handle: number) => boolean, worthOf: (handle: number) => number): void {
    const size = this.#size;
    const handles = this.#handles.slice(0, size);
    this.#size = 0;
    for (let at = size - 1; at >= 0; at -= 1) {
      if (isIn(handles[at]!)) this.offer(handles[at]!, worthOf(handles[at]!));
    }
  }

  #dropFirst(): void {
    for (let at = 1; at < this.#size; at += 1) this.#move(at, at - 1);
    this.#size -= 1;
  }

  #move(from: number, to: number): void {
    this.#handles[to] = this.#handles[from]!;
    this.#worths[to] = this.#worths[from]!;
  }
}
