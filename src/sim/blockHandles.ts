import { copied } from '../policy/copied.js';

const golden = 0x9e3779b1;
const isInBit = 1;
const child = 2;

/**
 * Handles of the blocks of one cache, found by open addressing with linear probing, at most half full. A handle
 * goes on meaning its block while the block is in, or is the parent of one that is; then it is used again. What
 * it takes depends on the capacity alone, not on how many different blocks come.
 */
export class BlockHandles {
  /**
   * Handle + 1 of the block that hashes here, or to a place before it without a gap between; 0 for none. The bits
   * above those of handles are of the block's hash, so that hardly any other block's entry is read in a search.
   */
  #places: Int32Array;
  /** There are 2 to the power of so many places, and at most half as many handles. */
  #bits: number;
  #mask: number;
  /**
   * Pairs, side by side because they are read together: the block of a handle, and its uses, which are `isInBit`
   * and `child` for every block that is in and has this one as its parent.
   */
  #entries: Uint32Array;
  /** The block before it in its prefix, a handle, or -1: the policies' column. */
  #parent: Int32Array;
  #free: Int32Array;
  #freeCount = 0;
  #end = 0;

  /** @param room handles that there is memory for from the start. */
  constructor(room: number) {
    const bits = Math.max(1, Math.ceil(Math.log2(2 * room)));
    this.#places = new Int32Array(2 ** bits);
    this.#bits = bits;
    this.#mask = 2 ** bits - 1;
    this.#entries = new Uint32Array(2 * room);
    this.#parent = new Int32Array(room);
    this.#free = new Int32Array(64);
  }

  /** Handles that there is memory for: all that were ever given are below. */
  get room(): number {
    return this.#parent.length;
  }

  get parent(): Int32Array {
    return this.#parent;
  }

  /** The handle of a block that is in, or -1. */
  find(block: number): number {
    const handle = this.#known(block);
    return handle >= 0 && (this.#entries[2 * handle + 1]! & isInBit) !== 0 ? handle : -1;
  }

  /** Something of the place where a search for the block begins: whoever reads it has it in the processor's cache. */
  glance(block: number): number {
    return this.#places[Math.imul(block, golden) >>> (32 - this.#bits)]!;
  }

  /** The block that the handle means, or meant last. */
  blockOf(handle: number): number {
    return this.#entries[2 * handle]!;
  }

  /** Takes in a block that is not in. @returns its handle. */
  enter(block: number, parent: number): number {
    let handle = this.#known(block);
    if (handle < 0) handle = this.#give(block);
    this.#entries[2 * handle + 1]! |= isInBit;
    this.#parent[handle] = parent;
    if (parent >= 0) this.#entries[2 * parent + 1]! += child;
    return handle;
  }

  /** Names the parent of a block that is in. */
  setParent(handle: number, parent: number): void {
    const before = this.#parent[handle]!;
    this.#parent[handle] = parent;
    if (parent >= 0) this.#entries[2 * parent + 1]! += child;
    if (before >= 0) this.#letGo(before, -1);
  }

  /** Lets a block out that is in. @param kept a handle that stays as it is, though no block needs it. */
  leave(handle: number, kept: number): void {
    this.#entries[2 * handle + 1]! ^= isInBit;
    const parent = this.#parent[handle]!;
    if (parent >= 0) this.#letGo(parent, kept);
    if (this.#entries[2 * handle + 1] === 0 && handle !== kept) this.#drop(handle);
  }

  /** One child fewer; the handle is free when nothing needs it. */
  #letGo(parent: number, kept: number): void {
    this.#entries[2 * parent + 1]! -= child;
    if (this.#entries[2 * parent + 1] === 0 && parent !== kept) this.#drop(parent);
  }

  #known(block: number): number {
    const places = this.#places;
    const entries = this.#entries;
    const mask = this.#mask;
    const bits = this.#bits;
    const hash = Math.imul(block, golden);
    const tag = hash << bits;
    let at = hash >>> (32 - bits);
    for (let mark = places[at]!; mark !== 0; mark = places[at]!) {
      if ((mark ^ tag) >>> bits === 0) {
        const handle = ((mark ^ tag) & mask) - 1;
        if (entries[2 * handle] === block) return handle;
      }
      at = (at + 1) & mask;
    }
    return -1;
  }

  #give(block: number): number {
    let handle = this.#end;
    if (this.#freeCount > 0) {
      this.#freeCount -= 1;
      handle = this.#free[this.#freeCount]!;
    } else {
      if (handle === this.room) this.#grow();
      this.#end += 1;
    }
    this.#entries[2 * handle] = block;
    this.#entries[2 * handle + 1] = 0;
    this.#place(handle);
    return handle;
  }

  #place(handle: number): void {
    const hash = Math.imul(this.blockOf(handle), golden);
    let at = hash >>> (32 - this.#bits);
    while (this.#places[at] !== 0) at = (at + 1) & this.#mask;
    this.#places[at] = (hash << this.#bits) | (handle + 1);
  }

  #drop(handle: number): void {
    const places = this.#places;
    const mask = this.#mask;
    const hash = Math.imul(this.blockOf(handle), golden);
    const own = (hash << this.#bits) | (handle + 1);
    let gap = hash >>> (32 - this.#bits);
    while (places[gap] !== own) gap = (gap + 1) & mask;
    // What stands behind the gap and could stand in it moves there, so that it is found without the gap.
    for (let at = (gap + 1) & mask; places[at] !== 0; at = (at + 1) & mask) {
      const home = Math.imul(this.blockOf((places[at]! & mask) - 1), golden) >>> (32 - this.#bits);
      if (((at - home) & mask) < ((at - gap) & mask)) continue;
      places[gap] = places[at]!;
      gap = at;
    }
    places[gap] = 0;
    if (this.#freeCount === this.#free.length) {
      this.#free = copied(this.#free, new Int32Array(2 * this.#freeCount));
    }
    this.#free[this.#freeCount] = handle;
    this.#freeCount += 1;
  }

  /** By an eighth: parents that stay known are few beside what is in. */
  #grow(): void {
    const room = this.room + Math.ceil(this.room / 8) + 16;
    this.#entries = copied(this.#entries, new Uint32Array(2 * room));
    this.#parent = copied(this.#parent, new Int32Array(room));
    if (2 * room <= this.#places.length) return;
    this.#places = new Int32Array(2 * this.#places.length);
    this.#mask = this.#places.length - 1;
    this.#bits += 1;
    // Handles that are free stand nowhere.
    const isFree = new Uint8Array(this.#end);
    for (const handle of this.#free.subarray(0, this.#freeCount)) isFree[handle] = 1;
    for (let handle = 0; handle < this.#end; handle += 1) if (isFree[handle] === 0) this.#place(handle);
  }
}
