import { KvError } from '../core/errors.js';
import { blocksOfNode, type TreeNode } from '../core/shardMap.js';
import { mergePartial, type PartialBuffer } from './mergePartial.js';

/** The shape of the partials of one layer in one step, and which pages will come. */
export interface MergeShape {
  /** Rows over all KV heads. */
  readonly rows: number;
  readonly headDim: number;
  /** Pages `first` up to but not including `end` will be added; those before `first` are absent. */
  readonly first: number;
  readonly end: number;
}

/** The merged attention, good until the next `begin`. */
export interface Merged {
  /** `[rows][headDim]` */
  readonly o: Float32Array;
  /** `[rows]`; -Infinity where a row saw nothing. */
  readonly lse: Float32Array;
}

/** The merged attention over all pages of a node. */
export interface MergedNode extends TreeNode, Merged {}

/**
 * Merges the partials of pages along the tree T(0, n), which splits at the largest power of two below n.
 * So the order in which sums are made depends on the pages' numbers alone: pages may be added in any
 * order, and the bits are the same. A subtree without pages passes the other side on untouched.
 *
 * Siblings are merged as soon as both are there: with pages in order, at most log2(n) partials wait.
 */
export class MergeTree {
  #shape: MergeShape = { rows: 0, headDim: 1, first: 0, end: 0 };
  readonly #waiting = new Map<number, PartialBuffer>();
  #free: PartialBuffer[] = [];
  #lent: PartialBuffer | null = null;

  /** Partials that wait for their sibling. */
  get waiting(): number {
    return this.#waiting.size;
  }

  /** Starts a merge; what an unfinished one held is forgotten. */
  begin(shape: MergeShape): void {
    for (const buffer of this.#waiting.values()) this.#free.push(buffer);
    this.#waiting.clear();
    if (this.#lent !== null) this.#free.push(this.#lent);
    this.#lent = null;
    this.#shape = shape;
  }

  /**
   * Adds the partial of a page: `[rows][headDim]` from `o[oStart]`, `[rows]` from `lse[lseStart]`.
   * The arrays are read before the call returns and are not kept.
   * @throws KvError `internal` when the page was added before or does not belong to the merge.
   */
  add(page: number, o: Float32Array, oStart: number, lse: Float32Array, lseStart: number): void {
    this.addNode({ level: 0, index: page }, o, oStart, lse, lseStart);
  }

  /** As `add`, for what was merged elsewhere: all pages of one node. */
  addNode(node: TreeNode, o: Float32Array, oStart: number, lse: Float32Array, lseStart: number): void {
    const { first, end } = this.#shape;
    if (node.index * 2 ** node.level < first || (node.index + 1) * 2 ** node.level > end) {
      const { first: from, end: to } = blocksOfNode(node);
      throw new KvError(
        'internal',
        `pages ${from}..${to} are outside the pages ${first}..${end} of this merge`,
      );
    }
    const reached = this.#climb(node.level, node.index);
    let { level, index, sibling } = reached;
    if (sibling === undefined) {
      this.#wait(level, index, this.#copy(o, oStart, lse, lseStart));
      return;
    }
    mergePartial(sibling, o, oStart, lse, lseStart, this.#shape.rows, this.#shape.headDim);
    let merged = sibling;
    for (;;) {
      ({ level, index, sibling } = this.#climb(level + 1, Math.floor(index / 2)));
      if (sibling === undefined) break;
      mergePartial(sibling, merged.o, 0, merged.lse, 0, this.#shape.rows, this.#shape.headDim);
      this.#free.push(merged);
      merged = sibling;
    }
    this.#wait(level, index, merged);
  }

  /**
   * What was added so far, merged as far as it can be without the pages of others: for a shard that has
   * only some of the pages. In the order of their pages; good until the next `begin`.
   */
  roots(): MergedNode[] {
    const { rows, headDim } = this.#shape;
    return [...this.#waiting]
      .map(([key, { o, lse }]) => ({
        level: key % nodeKeyLevels,
        index: Math.floor(key / nodeKeyLevels),
        o: o.subarray(0, rows * headDim),
        lse: lse.subarray(0, rows),
      }))
      .sort((a, b) => a.index * 2 ** a.level - b.index * 2 ** b.level);
  }

  /**
   * The whole tree's value.
   * @throws KvError `internal` when a page is missing.
   */
  finish(): Merged {
    const { rows, headDim, end } = this.#shape;
    let merged: PartialBuffer | null = null;
    let rest = end;
    // The roots of the whole subtrees are the set bits of n; the tree folds them from the right.
    for (let level = 0; rest > 0; level += 1) {
      if (rest % 2 === 1) merged = this.#foldRoot(level, rest - 1, merged);
      rest = Math.floor(rest / 2);
    }
    if (this.#waiting.size > 0) throw new KvError('internal', 'a page of this step was never merged');
    merged ??= this.#absentBuffer();
    this.#lent = merged;
    return { o: merged.o.subarray(0, rows * headDim), lse: merged.lse.subarray(0, rows) };
  }

  #foldRoot(level: number, index: number, right: PartialBuffer | null): PartialBuffer | null {
    const { rows, headDim, first } = this.#shape;
    if ((index + 1) * 2 ** level <= first) return right;
    // A root that reaches below `first` was carried up past its absent siblings.
    const root = this.#take(level, index);
    if (root === undefined) throw new KvError('internal', 'a page of this step was never merged');
    if (right === null) return root;
    mergePartial(root, right.o, 0, right.lse, 0, rows, headDim);
    this.#free.push(right);
    return root;
  }

  /** From a node up past absent siblings, to where a sibling waits or has to be waited for. */
  #climb(level: number, index: number) {
    const { first, end } = this.#shape;
    for (;;) {
      const siblingIndex = index % 2 === 0 ? index + 1 : index - 1;
      const siblingEnd = (siblingIndex + 1) * 2 ** level;
      if (siblingEnd > end) return { level, index, sibling: undefined };
      if (siblingEnd > first) return { level, index, sibling: this.#take(level, siblingIndex) };
      level += 1;
      index = Math.floor(index / 2);
    }
  }

  #wait(level: number, index: number, buffer: PartialBuffer): void {
    const key = nodeKey(level, index);
    if (this.#waiting.has(key)) throw new KvError('internal', 'a page of this step came twice');
    this.#waiting.set(key, buffer);
  }

  #take(level: number, index: number): PartialBuffer | undefined {
    const key = nodeKey(level, index);
    const buffer = this.#waiting.get(key);
    if (buffer !== undefined) this.#waiting.delete(key);
    return buffer;
  }

  #copy(o: Float32Array, oStart: number, lse: Float32Array, lseStart: number): PartialBuffer {
    const { rows, headDim } = this.#shape;
    const buffer = this.#buffer();
    buffer.o.set(o.subarray(oStart, oStart + rows * headDim));
    buffer.lse.set(lse.subarray(lseStart, lseStart + rows));
    return buffer;
  }

  #absentBuffer(): PartialBuffer {
    const buffer = this.#buffer();
    buffer.o.fill(0);
    buffer.lse.fill(Number.NEGATIVE_INFINITY);
    return buffer;
  }

  #buffer(): PartialBuffer {
    const { rows, headDim } = this.#shape;
    const free = this.#free.pop();
    if (free !== undefined && free.lse.length >= rows && free.o.length >= rows * headDim) return free;
    // Smaller ones are of a step with fewer rows: let them go, the pool settles at the largest size.
    this.#free = [];
    return { o: new Float32Array(rows * headDim), lse: new Float32Array(rows) };
  }
}

/** Levels stay below it: a sequence has fewer than 2^47 pages. */
const nodeKeyLevels = 64;

function nodeKey(level: number, index: number): number {
  return index * nodeKeyLevels + level;
}
