import { copied } from './copied.js';
import { grownLength } from './growth.js';
import type { PolicyColumns } from './policyColumns.js';

const initialCapacity = 256;

/** Fields of a node. The generation is one more with every coming and going of the handle: odd while it is in. */
const generation = 0;
const children = 1;
const parent = 2;
/** The parent's generation when the handle was tied to it. */
const parentGeneration = 3;
const fields = 4;

/**
 * Which handles lie behind which in their prefixes. A handle is tied to the one that `columns.parent` names if
 * that is in and lies one block before it; what that handle means later is told apart by its generation. 16
 * bytes a handle, every operation O(1).
 */
export class PrefixTree {
  readonly #columns: PolicyColumns;
  readonly #capacity: number;
  /** All fields of a handle side by side, because they are read together. */
  #nodes = new Int32Array(fields * initialCapacity);

  /** @param capacity handles that are expected; more may come. */
  constructor(columns: PolicyColumns, capacity: number) {
    this.#columns = columns;
    this.#capacity = capacity;
  }

  /** Handles that were ever in are below it. */
  get length(): number {
    return this.#nodes.length / fields;
  }

  has(handle: number): boolean {
    return handle < this.length && this.#nodes[fields * handle + generation]! % 2 !== 0;
  }

  /** Whether nothing is tied to a handle that is in. */
  isLeaf(handle: number): boolean {
    return this.#nodes[fields * handle + children] === 0;
  }

  /** A handle that is not in comes, tied to nothing. */
  enter(handle: number): void {
    if (handle >= this.length) this.#grow(handle + 1);
    const node = fields * handle;
    this.#nodes[node + generation]! += 1;
    this.#nodes[node + children] = 0;
    this.#nodes[node + parent] = -1;
  }

  /** A handle that is in leaves; what is tied to it is tied to nothing from then on. */
  leave(handle: number): void {
    this.#nodes[fields * handle + generation]! += 1;
  }

  /** Undoes a `leave`, and a `release` before or after it. Later ones must be undone first. */
  comeBack(handle: number): void {
    this.#nodes[fields * handle + generation]! -= 1;
    const before = this.parentOf(handle);
    if (before >= 0) this.#nodes[fields * before + children]! += 1;
  }

  /** The handle that one is tied to, or -1. */
  parentOf(handle: number): number {
    const nodes = this.#nodes;
    const before = nodes[fields * handle + parent]!;
    if (before < 0) return -1;
    return nodes[fields * before + generation] === nodes[fields * handle + parentGeneration] ? before : -1;
  }

  /** Ties a handle that is tied to nothing as the columns say; the handle that it is tied to now, or -1. */
  tie(handle: number): number {
    const { parent: parents, depth } = this.#columns;
    const before = parents[handle]!;
    const fits = before >= 0 && this.has(before) && depth[before]! + 1 === depth[handle]!;
    this.#nodes[fields * handle + parent] = fits ? before : -1;
    if (!fits) return -1;
    this.#nodes[fields * handle + parentGeneration] = this.#nodes[fields * before + generation]!;
    this.#nodes[fields * before + children]! += 1;
    return before;
  }

  /** What a handle is tied to has one less; that handle, or -1. It must be tied anew, or leave. */
  release(handle: number): number {
    const before = this.parentOf(handle);
    if (before >= 0) this.#nodes[fields * before + children]! -= 1;
    return before;
  }

  #grow(least: number): void {
    const length = grownLength(this.length, least, this.#capacity);
    this.#nodes = copied(this.#nodes, new Int32Array(fields * length));
  }
}
