import { copied } from './copied.js';

const smallest = 256;

/**
 * The cached part of the prefix tree, of which the leaves are known: blocks on which no cached block follows. All
 * is O(1). 20 bytes a handle.
 */
export class PrefixLeaves {
  /** Handle of the block before it; it counts only while that one's generation is the same. */
  #parent = new Int32Array(smallest);
  #parentGeneration = new Uint16Array(smallest);
  /** How often the handle came to mean something else, modulo 2^16. */
  #generation = new Uint16Array(smallest);
  /** Cached blocks that follow on it; -1 for a handle that is not in. */
  #children = new Int32Array(smallest).fill(-1);
  /** Where the handle stands among the leaves; -1 where it is none. */
  #place = new Int32Array(smallest).fill(-1);
  #leaves = new Int32Array(smallest);
  #leafCount = 0;
  /** One more than the highest handle that ever was in. */
  #end = 0;

  get leafCount(): number {
    return this.#leafCount;
  }

  /** Handles from here on are not in. */
  get end(): number {
    return this.#end;
  }

  leaf(place: number): number {
    return this.#leaves[place]!;
  }

  has(handle: number): boolean {
    return handle >= 0 && handle < this.#end && this.#children[handle]! >= 0;
  }

  isLeaf(handle: number): boolean {
    return this.has(handle) && this.#children[handle] === 0;
  }

  /** The cached block before it, or -1. The handle is in. */
  parentOf(handle: number): number {
    const parent = this.#parent[handle]!;
    return this.has(parent) && this.#generation[parent] === this.#parentGeneration[handle] ? parent : -1;
  }

  /** Puts the handle in, as a leaf on which nothing is known to go before. */
  add(handle: number): void {
    if (handle >= this.#children.length) this.#grow(handle + 1);
    this.#end = Math.max(this.#end, handle + 1);
    this.#parent[handle] = -1;
    this.#children[handle] = 0;
    this.#addLeaf(handle);
  }

  /** Both are in, and the handle has no cached parent. */
  link(handle: number, parent: number): void {
    this.#parent[handle] = parent;
    this.#parentGeneration[handle] = this.#generation[parent]!;
    if (this.#children[parent] === 0) this.#dropLeaf(parent);
    this.#children[parent]! += 1;
  }

  /** Takes the handle out; what followed on it has no parent from now on. */
  remove(handle: number): void {
    const parent = this.parentOf(handle);
    if (this.#children[handle] === 0) this.#dropLeaf(handle);
    this.#children[handle] = -1;
    this.#generation[handle]! += 1;
    if (parent < 0 || this.#children[parent]! <= 0) return;
    this.#children[parent]! -= 1;
    if (this.#children[parent] === 0) this.#addLeaf(parent);
  }

  #addLeaf(handle: number): void {
    this.#place[handle] = this.#leafCount;
    this.#leaves[this.#leafCount] = handle;
    this.#leafCount += 1;
  }

  #dropLeaf(handle: number): void {
    this.#leafCount -= 1;
    const last = this.#leaves[this.#leafCount]!;
    const place = this.#place[handle]!;
    this.#leaves[place] = last;
    this.#place[last] = place;
    this.#place[handle] = -1;
  }

  #grow(least: number): void {
    const length = Math.max(least, 2 * this.#children.length);
    this.#parent = copied(this.#parent, new Int32Array(length));
    this.#parentGeneration = copied(this.#parentGeneration, new Uint16Array(length));
    this.#generation = copied(this.#generation, new Uint16Array(length));
    this.#children = copied(this.#children, new Int32Array(length).fill(-1));
    this.#place = copied(this.#place, new Int32Array(length).fill(-1));
    this.#leaves = copied(this.#leaves, new Int32Array(length));
  }
}
