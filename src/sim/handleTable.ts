const golden = 0x9e3779b1;

/**
 * The handles of at most `capacity` block numbers, by open addressing with linear probing, at most half full.
 * Its memory depends on the capacity alone: 12 to 20 bytes an entry.
 */
export class HandleTable {
  /** Handle + 1 of the block that hashes here, or to a place before it without a gap between; 0 for none. */
  readonly #places: Int32Array;
  readonly #blockOf: Uint32Array;
  readonly #mask: number;
  readonly #shift: number;

  constructor(capacity: number) {
    const bits = Math.max(1, Math.ceil(Math.log2(2 * capacity)));
    this.#places = new Int32Array(2 ** bits);
    this.#mask = this.#places.length - 1;
    this.#shift = 32 - bits;
    this.#blockOf = new Uint32Array(capacity);
  }

  get byteLength(): number {
    return this.#places.byteLength + this.#blockOf.byteLength;
  }

  /** The handle of the block, or -1. */
  find(block: number): number {
    const places = this.#places;
    const mask = this.#mask;
    let at = Math.imul(block, golden) >>> this.#shift;
    for (let found = places[at]!; found !== 0; found = places[at]!) {
      if (this.#blockOf[found - 1] === block) return found - 1;
      at = (at + 1) & mask;
    }
    return -1;
  }

  /** The block that has the handle. */
  blockOf(handle: number): number {
    return this.#blockOf[handle]!;
  }

  /** Puts a block that is not in under a handle that is free. */
  add(block: number, handle: number): void {
    let at = Math.imul(block, golden) >>> this.#shift;
    while (this.#places[at] !== 0) at = (at + 1) & this.#mask;
    this.#places[at] = handle + 1;
    this.#blockOf[handle] = block;
  }

  /** Frees a handle that is in use. */
  drop(handle: number): void {
    const places = this.#places;
    const mask = this.#mask;
    const blockOf = this.#blockOf;
    let gap = Math.imul(blockOf[handle]!, golden) >>> this.#shift;
    while (places[gap] !== handle + 1) gap = (gap + 1) & mask;
    // What stands behind the gap and could stand in it moves there, so that it is found without the gap.
    for (let at = (gap + 1) & mask; places[at] !== 0; at = (at + 1) & mask) {
      const home = Math.imul(blockOf[places[at]! - 1]!, golden) >>> this.#shift;
      if (((at - home) & mask) < ((at - gap) & mask)) continue;
      places[gap] = places[at]!;
      gap = at;
    }
    places[gap] = 0;
  }
}
