import { copied } from './copied.js';

/**
 * What a cache that knows the future and need not keep what passes would have hit, told online: from one use of a
 * handle to its next is an interval, a hit where fewer than `capacity` others cover each moment of it (OPTgen of
 * Jain and Lin, "Back to the Future", ISCA 2016). Where handles are blocks of prefixes this is the strict-prefix
 * optimum too: a block is used only with those before it. Reuse after more than `window` uses counts as a miss.
 * A handle means something else only after so many.
 */
export class WindowOptimum {
  readonly #window: number;
  readonly #capacity: number;
  /** By moment modulo the window: intervals that cover it. */
  readonly #covering: Uint32Array;
  #lastUse = new Float64Array(256).fill(Number.NEGATIVE_INFINITY);
  #now = 0;

  constructor(capacity: number, window: number) {
    this.#capacity = capacity;
    this.#window = window;
    this.#covering = new Uint32Array(window);
  }

  /** @returns whether the optimum would have had it. */
  use(handle: number): boolean {
    const now = this.#now;
    this.#now += 1;
    if (handle >= this.#lastUse.length) {
      const length = Math.max(handle + 1, 2 * this.#lastUse.length);
      this.#lastUse = copied(this.#lastUse, new Float64Array(length).fill(Number.NEGATIVE_INFINITY));
    }
    const last = this.#lastUse[handle]!;
    this.#lastUse[handle] = now;
    this.#covering[now % this.#window] = 0;
    if (now - last >= this.#window) return false;
    for (let at = last; at < now; at += 1)
      if (this.#covering[at % this.#window]! >= this.#capacity) return false;
    for (let at = last; at < now; at += 1) this.#covering[at % this.#window]! += 1;
    return true;
  }
}
