/** A stretch of free slots. */
export interface FreeRun {
  readonly start: number;
  readonly length: number;
}

/**
 * Which slots are free, with the longest free stretch always at hand. A binary tree over the slots: each
 * node knows the free stretch at its left edge, at its right edge, and the longest anywhere in it, so
 * taking or giving back a slot touches one path to the root.
 */
export class FreeRuns {
  readonly slots: number;
  #freeSlots: number;
  /** Leaves, a power of two; those past `slots` are never free. */
  readonly #leaves: number;
  readonly #left: Int32Array;
  readonly #right: Int32Array;
  readonly #longest: Int32Array;

  constructor(slots: number) {
    this.slots = slots;
    this.#freeSlots = slots;
    this.#leaves = 2 ** Math.ceil(Math.log2(Math.max(1, slots)));
    this.#left = new Int32Array(2 * this.#leaves);
    this.#right = new Int32Array(2 * this.#leaves);
    this.#longest = new Int32Array(2 * this.#leaves);
    for (let slot = 0; slot < slots; slot += 1) this.#setLeaf(slot, 1);
    for (let width = 2, node = this.#leaves / 2; node >= 1; node = Math.floor(node / 2), width *= 2) {
      for (let at = node; at < 2 * node; at += 1) this.#join(at, width);
    }
  }

  get freeSlots(): number {
    return this.#freeSlots;
  }

  isFree(slot: number): boolean {
    return slot >= 0 && slot < this.slots && this.#longest[this.#leaves + slot] === 1;
  }

  take(slot: number): void {
    this.#set(slot, 0);
    this.#freeSlots -= 1;
  }

  giveBack(slot: number): void {
    this.#set(slot, 1);
    this.#freeSlots += 1;
  }

  /** The longest stretch, the first of several; of length 0 when nothing is free. */
  longest(): FreeRun {
    const length = this.#longest[1]!;
    let node = 1;
    let start = 0;
    let width = this.#leaves;
    while (width > 1 && this.#left[node]! < length) {
      width /= 2;
      const inLeft = 2 * node;
      if (this.#longest[inLeft]! === length) node = inLeft;
      else if (this.#right[inLeft]! + this.#left[inLeft + 1]! === length) {
        return { start: start + width - this.#right[inLeft]!, length };
      } else {
        node = inLeft + 1;
        start += width;
      }
    }
    return { start, length };
  }

  #set(slot: number, free: 0 | 1): void {
    this.#setLeaf(slot, free);
    let width = 2;
    for (let node = (this.#leaves + slot) >> 1; node >= 1; node >>= 1) {
      this.#join(node, width);
      width *= 2;
    }
  }

  #setLeaf(slot: number, free: 0 | 1): void {
    const leaf = this.#leaves + slot;
    this.#left[leaf] = free;
    this.#right[leaf] = free;
    this.#longest[leaf] = free;
  }

  #join(node: number, width: number): void {
    const a = 2 * node;
    const b = a + 1;
    const half = width / 2;
    const leftA = this.#left[a]!;
    const rightB = this.#right[b]!;
    const across = this.#right[a]! + this.#left[b]!;
    this.#left[node] = leftA === half ? half + this.#left[b]! : leftA;
    this.#right[node] = rightB === half ? half + this.#right[a]! : rightB;
    this.#longest[node] = Math.max(this.#longest[a]!, this.#longest[b]!, across);
  }
}
