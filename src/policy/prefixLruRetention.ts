import { copied } from './copied.js';
import { grownLength } from './growth.js';
import { HandleHeap } from './handleHeap.js';
import type { Eviction, RetentionPolicy } from './policy.js';
import type { PolicyColumns } from './policyColumns.js';
import { PrefixTree } from './prefixTree.js';

const initialCapacity = 256;

/**
 * Leaf-first LRU over the tree of prefixes (SGLang's RadixAttention, NeurIPS 2024): a block goes only when no
 * block behind it is in, the least recently used of such leaves first, so that what is in can be used as far as
 * it goes. O(log leaves) an operation.
 *
 * A block is tied to its parent when it is inserted or used (see `PrefixTree`). One whose parent left by
 * `remove` is a root until its next use names a parent again.
 *
 * Where leaves that may go are too few, as when all of them are protected, blocks before protected ones go too,
 * the deepest first and among those the least recently used: the caller gets its victims as long as enough
 * handles are unprotected, and the most of each prefix stays usable. Finding one of those costs a look at every
 * handle.
 */
export class PrefixLruRetention implements RetentionPolicy {
  readonly #columns: PolicyColumns;
  readonly #capacity: number;
  readonly #tree: PrefixTree;
  /** By a use that was the last one once: leaves sink when they are met, so that a use costs nothing here. */
  readonly #leaves: HandleHeap;
  #lastUse = new Float64Array(initialCapacity);
  #useNumber = 0;

  constructor(columns: PolicyColumns, capacity: number) {
    this.#columns = columns;
    this.#capacity = capacity;
    this.#tree = new PrefixTree(columns, capacity);
    this.#leaves = new HandleHeap(capacity, false);
  }

  insert(handle: number): void {
    if (handle >= this.#lastUse.length) this.#grow(handle + 1);
    this.#tree.enter(handle);
    this.#use(handle);
    this.#addLeaf(handle);
    this.#tie(handle);
  }

  access(handle: number): void {
    this.#use(handle);
    const parent = this.#tree.parentOf(handle);
    if (parent >= 0 && parent === this.#columns.parent[handle]) return;
    this.#release(handle);
    this.#tie(handle);
  }

  remove(handle: number): void {
    this.#leaves.remove(handle);
    this.#release(handle);
    this.#tree.leave(handle);
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
    for (const leaf of passed) this.#addLeaf(leaf);
    if (handles.length === count) return { kind: 'victims', handles };
    for (const handle of handles.reverse()) this.#putBack(handle);
    return { kind: 'none' };
  }

  resize(_capacity: number): void {}

  /** @param passed takes the protected leaves that were met, which are out of the heap from then on. */
  #nextVictim(isProtected: (handle: number) => boolean, passed: number[]): number {
    while (this.#leaves.size > 0) {
      const handle = this.#leaves.first;
      if (this.#leaves.firstKey < this.#lastUse[handle]!) {
        this.#addLeaf(handle);
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
    for (let handle = 0; handle < this.#tree.length; handle += 1) {
      if (!this.#tree.has(handle) || this.#tree.isLeaf(handle) || isProtected(handle)) continue;
      const deeper = deepest < 0 ? 1 : depth[handle]! - depth[deepest]!;
      const isBefore = deeper === 0 && this.#lastUse[handle]! < this.#lastUse[deepest]!;
      if (deeper > 0 || isBefore) deepest = handle;
    }
    return deepest;
  }

  /** Undoes the last `remove` that is not undone. */
  #putBack(handle: number): void {
    this.#tree.comeBack(handle);
    if (this.#tree.isLeaf(handle)) this.#addLeaf(handle);
    const parent = this.#tree.parentOf(handle);
    if (parent >= 0) this.#leaves.remove(parent);
  }

  #use(handle: number): void {
    this.#useNumber += 1;
    this.#lastUse[handle] = this.#useNumber;
  }

  #tie(handle: number): void {
    const parent = this.#tree.tie(handle);
    if (parent >= 0) this.#leaves.remove(parent);
  }

  #release(handle: number): void {
    const parent = this.#tree.release(handle);
    if (parent >= 0 && this.#tree.isLeaf(parent)) this.#addLeaf(parent);
  }

  #addLeaf(handle: number): void {
    this.#leaves.set(handle, this.#lastUse[handle]!, 0);
  }

  #grow(least: number): void {
    const length = grownLength(this.#lastUse.length, least, this.#capacity);
    this.#lastUse = copied(this.#lastUse, new Float64Array(length));
  }
}
