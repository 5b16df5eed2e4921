import type { PolicyColumns } from './policyColumns.js';
import { PrefixTree } from './prefixTree.js';
import { leafBit } from './tideTraits.js';
import { TideUses } from './tideUses.js';

/** The cached part of the prefix tree, and what is known of the use of each block. */
export class PrefixLeaves {
  readonly #columns: PolicyColumns;
  readonly #tree: PrefixTree;
  readonly uses: TideUses;

  constructor(columns: PolicyColumns, capacity: number) {
    this.#columns = columns;
    this.#tree = new PrefixTree(columns, capacity);
    this.uses = new TideUses(capacity);
  }

  /** Handles from here on are not in. */
  get end(): number {
    return this.uses.end;
  }

  has(handle: number): boolean {
    return this.#tree.has(handle);
  }

  isLeaf(handle: number): boolean {
    return this.uses.isLeaf(handle);
  }

  /** The cached block before one that is in, or -1. */
  parentOf(handle: number): number {
    return this.#tree.parentOf(handle);
  }

  /** Puts in a handle that is not, behind the parent that the columns name. */
  add(handle: number): void {
    this.#tree.enter(handle);
    this.uses.add(handle);
    this.#tie(handle);
  }

  /** A handle that is in was used: the columns may name another parent, or one that is back. */
  renew(handle: number): void {
    const named = this.#columns.parent[handle]!;
    if (named < 0 || named === this.#tree.parentOf(handle)) return;
    this.#release(handle);
    this.#tie(handle);
  }

  /** Takes the handle out; what followed on it has no parent from now on. @returns its own, or -1. */
  remove(handle: number): number {
    this.uses.remove(handle);
    const before = this.#release(handle);
    this.#tree.leave(handle);
    return before;
  }

  #tie(handle: number): void {
    const before = this.#tree.tie(handle);
    if (before >= 0 && this.uses.isLeaf(before)) this.uses.clearFlag(before, leafBit);
  }

  #release(handle: number): number {
    const before = this.#tree.release(handle);
    if (before >= 0 && this.#tree.isLeaf(before)) this.uses.setFlag(before, leafBit);
    return before;
  }
}
