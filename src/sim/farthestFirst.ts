const absent = -1;

/** Block numbers ordered by their next use, the farthest first: a binary heap with the place of every block. */
export class FarthestFirst {
  readonly #heap: Uint32Array;
  /** Place of a block in the heap, or -1. */
  readonly #placeOf: Int32Array;
  readonly #nextUse: Uint32Array;
  #size = 0;

  constructor(capacity: number, uniqueBlocks: number) {
    this.#heap = new Uint32Array(capacity);
    this.#placeOf = new Int32Array(uniqueBlocks).fill(absent);
    this.#nextUse = new Uint32Array(uniqueBlocks);
  }

  get size(): number {
    return this.#size;
  }

  has(block: number): boolean {
    return this.#placeOf[block] !== absent;
  }

  /** The block whose next use is farthest; there is one. */
  get farthest(): number {
    return this.#heap[0]!;
  }

  nextUseOf(block: number): number {
    return this.#nextUse[block]!;
  }

  /** Puts a block in, or gives one that is in another next use. */
  set(block: number, nextUse: number): void {
    this.#nextUse[block] = nextUse;
    let place = this.#placeOf[block]!;
    if (place === absent) {
      place = this.#size;
      this.#size += 1;
    }
    this.#sink(this.#rise(place, block), block);
  }

  /** Takes out a block that is in. */
  delete(block: number): void {
    const place = this.#placeOf[block]!;
    this.#placeOf[block] = absent;
    this.#size -= 1;
    if (place === this.#size) return;
    const last = this.#heap[this.#size]!;
    this.#sink(this.#rise(place, last), last);
  }

  #put(place: number, block: number): void {
    this.#heap[place] = block;
    this.#placeOf[block] = place;
  }

  /** @returns where the block can stand below what is farther. */
  #rise(from: number, block: number): number {
    const use = this.#nextUse[block]!;
    let place = from;
    while (place > 0) {
      const above = (place - 1) >> 1;
      const other = this.#heap[above]!;
      if (this.#nextUse[other]! >= use) break;
      this.#put(place, other);
      place = above;
    }
    return place;
  }

  #sink(from: number, block: number): void {
    const use = this.#nextUse[block]!;
    let place = from;
    for (;;) {
      let below = 2 * place + 1;
      if (below >= this.#size) break;
      if (below + 1 < this.#size && this.#useAt(below + 1) > this.#useAt(below)) below += 1;
      if (this.#useAt(below) <= use) break;
      this.#put(place, this.#heap[below]!);
      place = below;
    }
    this.#put(place, block);
  }

  #useAt(place: number): number {
    return this.#nextUse[this.#heap[place]!]!;
  }
}
