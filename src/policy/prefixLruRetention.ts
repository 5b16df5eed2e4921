import { copied } from './copied.js';
import { grownLength } from './growth.js';
import { HandleHeap } from './handleHeap.js';
import type { Eviction, RetentionPolicy } from './policy.js';
import type { PolicyColumns } from './policyColumns.js';

const initialCapacity = 256;

/**
 * Leaf-first LRU over the tree of prefixes (SGLang's RadixAttention, NeurIPS 2024): a block goes only when no
 * block behind it is in, the least recently used of such leaves first, so that what is in can be used as far as
 * it goes. O(log leaves) an operation.
 *
 * A block is tied to its parent when it is inserted or used, if the handle in `columns.parent` is in and lies
 * one block before it; whatever that handle means later is told apart by a generation. A block whose parent
 * left by `remove` is a root until its next use names a parent again.
 *
 * Where leaves that may go are too few, as when all of them are protected, blocks before protected ones go too,
 * the deepest first and among those the least recently used: the caller gets its victims as long as enough
 * handles are unprotected, and the most of each prefix stays usable. Finding one of those costs a look at every
 * handle.
 */
export class PrefixLruRetention implements RetentionPolicy {
  readonly #columns: PolicyColumns;
  readonly #capacity: number;
  /** By a use that was the last one once: leaves sink when they are met, so that a use costs nothing here. */
  readonly #leaves: HandleHeap;
  /** One more with every coming and going of the handle: odd while it is in. */
  #generation = new Uint32Array(initialCapacity);
  #lastUse = new Float64Array(initialCapacity);
  /** Handles in that are tied to this one. */
  #children = new Int32Array(initialCapacity);
  #parent = new Int32Array(initialCapacity);
  #parentGeneration = new Uint32Array(initialCapacity);
  #useNumber = 0;

  constructor(columns: PolicyColumns, capacity: number) {
    this.#columns = columns;
    this.#capacity = capacity;
    this.#leaves = new HandleHeap(capacity);
  }

  insert(handle: number): void {
    if (handle >= this.#generation.length) this.#grow(handle + 1);
    this.#generation[handle]! += 1;
    this.#children[handle] = 0;
    this.#parent[handle] = -1;
    this.#leaves.set(handle, this.#useNumber + 1, 0);
    this.access(handle);
  }

  access(handle: number): void {
    this.#useNumber += 1;
    this.#lastUse[handle] = this.#useNumber;
    const parent = this.#columns.parent[handle]!;
    if (parent === this.#parent[handle] && this.#isTied(handle)) return;
    this.#untie(handle);
    this.#parent[handle] = -1;
    if (!this.#isParentOf(parent, handle)) return;
    this.#parent[handle] = parent;
    this.#parentGeneration[handle] = this.#generation[parent]!;
    this.#tie(handle);
  }

  remove(handle: number): void {
    this.#leaves.remove(handle);
    this.#generation[handle]! += 1;
    this.#untie(handle);
  }

  evict(count: number, isProtected: (handle: number) => boolean): Eviction {
    const handles: number[] = [];
    const passed: number[] = [];
    while (handles.length < count) {
      const handle = this.#nextVictim(isProtected, passed);
      if (handle < 0) break;
      this.remove(handle);
      handles.push(handle);
    }
    for (const leaf of passed) this.#leaves.set(leaf, this.#lastUse[leaf]!, 0);
    if (handles.length === count) return { kind: 'victims', handles };
    for (const handle of handles.reverse()) this.#putBack(handle);
    return { kind: 'none' };
  }

  resize(_capacity: number): void {}

  /** @param passed takes the protected leaves that were met, which are out of the heap from then on. */
  #nextVictim(isProtected: (handle: number) => boolean, passed: number[]): number {
    while (this.#leaves.size > 0) {
      const handle = this.#leaves.first;
      const lastUse = this.#lastUse[handle]!;
      if (this.#leaves.firstKey < lastUse) {
        this.#leaves.set(handle, lastUse, 0);
        continue;
      }
      if (!isProtected(handle)) return handle;
      this.#leaves.remove(handle);
      passed.push(handle);
    }
    return this.#deepestInner(isProtected);
  }

  #deepestInner(isProtected: (handle: number) => boolean): number {
    const { depth } = this.#columns;
    let deepest = -1;
    for (let handle = 0; handle < this.#generation.length; handle += 1) {
      if (!this.#isIn(handle) || this.#children[handle] === 0 || isProtected(handle)) continue;
      const further = deepest < 0 ? 1 : depth[handle]! - depth[deepest]!;
      if (further > 0 || (further === 0 && this.#lastUse[handle]! < this.#lastUse[deepest]!))
        deepest = handle;
    }
    return deepest;
  }

  /** Undoes the last `remove` that is not undone. */
  #putBack(handle: number): void {
    this.#generation[handle]! -= 1;
    if (this.#children[handle] === 0) this.#leaves.set(handle, this.#lastUse[handle]!, 0);
    if (this.#isTied(handle)) this.#tie(handle);
  }

  #isIn(handle: number): boolean {
    return handle < this.#generation.length && this.#generation[handle]! % 2 === 1;
  }

  #isParentOf(parent: number, handle: number): boolean {
    const { depth } = this.#columns;
    return parent >= 0 && this.#isIn(parent) && depth[parent]! + 1 === depth[handle]!;
  }

  #isTied(handle: number): boolean {
    const parent = this.#parent[handle]!;
    return parent >= 0 && this.#generation[parent] === this.#parentGeneration[handle];
  }

  #tie(handle: number): void {
    const parent = this.#parent[handle]!;
    this.#children[parent]! += 1;
    this.#leaves.remove(parent);
  }

  /** What it was tied to is a leaf if nothing else is tied to that. */
  #untie(handle: number): void {
    if (!this.#isTied(handle)) return;
    const parent = this.#parent[handle]!;
    this.#children[parent]! -= 1;
    if (this.#children[parent] === 0) this.#leaves.set(parent, this.#lastUse[parent]!, 0);
  }

  #grow(least: number): void {
    const length = grownLength(this.#generation.length, least, this.#capacity);
    this.#generation = copied(this.#generation, new Uint32Array(length));
    this.#lastUse = copied(this.#lastUse, new Float64Array(length));
    this.#children = copied(this.#children, new Int32Array(length));
    this.#parent = copied(this.#parent, new Int32Array(length));
    this.#parentGeneration = copied(this.#parentGeneration, new Uint32Array(length));
  }
}
