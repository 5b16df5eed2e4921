import type { BlockSpan } from '../core/blockSpan.js';
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
  /** Null stands for a node none of whose pages is read. */
  readonly #waiting = new Map<number, PartialBuffer | null>();
  #free: PartialBuffer[] = [];
  #lent: PartialBuffer | null = null;

  /** Partials that wait for their sibling. */
  get waiting(): number {
    return this.#waiting.size;
  }

  /** Starts a merge; what an unfinished one held is forgotten. */
  begin(shape: MergeShape): void {
    for (const buffer of this.#waiting.values()) if (buffer !== null) this.#free.push(buffer);
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
    this.#check(node);
    const { level, index, sibling } = this.#climb(node.level, node.index);
    if (sibling === undefined) this.#wait(level, index, this.#copy(o, oStart, lse, lseStart));
    else if (sibling === null) this.#carry(level, index, this.#copy(o, oStart, lse, lseStart));
    else {
      mergePartial(sibling, o, oStart, lse, lseStart, this.#shape.rows, this.#shape.headDim);
      this.#carry(level, index, sibling);
    }
  }

  /**
   * Says that the pages of a span will not be added: what is merged is attention over the others, and bit by
   * bit what it would be if these rows saw nothing of the span.
   */
  addAbsent({ first, end }: BlockSpan): void {
    for (let page = first; page < end; ) {
      let level = 0;
      while (page % 2 ** (level + 1) === 0 && page + 2 ** (level + 1) <= end) level += 1;
      const node = { level, index: page / 2 ** level };
      this.#check(node);
      const reached = this.#climb(node.level, node.index);
      if (reached.sibling === undefined) this.#wait(reached.level, reached.index, null);
      else this.#carry(reached.level, reached.index, reached.sibling);
      page += 2 ** level;
    }
  }

  /**
   * What was added so far, merged as far as it can be without the pages of others: for a shard that has
   * only some of the pages. In the order of their pages; good until the next `begin`.
   */
  roots(): MergedNode[] {
    const { rows, headDim } = this.#shape;
    return [...this.#waiting]
      .flatMap(([key, partial]) =>
        partial === null
          ? []
          : {
              level: key % nodeKeyLevels,
              index: Math.floor(key / nodeKeyLevels),
              o: partial.o.subarray(0, rows * headDim),
              lse: partial.lse.subarray(0, rows),
            },
      )
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
    const { first } = this.#shape;
    if ((index + 1) * 2 ** level <= first) return right;
    // A root that reaches below `first` was carried up past its absent siblings.
    const root = this.#take(level, index);
    if (root === undefined) throw new KvError('internal', 'a page of this step was never merged');
    return this.#merged(root, right);
  }

  #check({ level, index }: TreeNode): void {
    const { first, end } = this.#shape;
    if (index * 2 ** level >= first && (index + 1) * 2 ** level <= end) return;
    const { first: from, end: to } = blocksOfNode({ level, index });
    throw new KvError(
      'internal',
      `pages ${from}..${to} are outside the pages ${first}..${end} of this merge`,
    );
  }

  /** The value over two siblings; null where both are absent. */
  #merged(left: PartialBuffer | null, right: PartialBuffer | null): PartialBuffer | null {
    if (left === null || right === null) return left ?? right;
    mergePartial(left, right.o, 0, right.lse, 0, this.#shape.rows, this.#shape.headDim);
    this.#free.push(right);
    return left;
  }

  /** From the parent of a node whose two sides are merged, up as far as siblings are there. */
  #carry(level: number, index: number, partial: PartialBuffer | null): void {
    let merged = partial;
    let at = { level, index };
    for (;;) {
      const { sibling, ...reached } = this.#climb(at.level + 1, Math.floor(at.index / 2));
      at = reached;
      if (sibling === undefined) break;
      merged = this.#merged(sibling, merged);
    }
    this.#wait(at.level, at.index, merged);
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

  #wait(level: number, index: number, buffer: PartialBuffer | null): void {
    const key = nodeKey(level, index);
    if (this.#waiting.has(key)) throw new KvError('internal', 'a page of this step came twice');
    this.#waiting.set(key, buffer);
  }

  #take(level: number, index: number): PartialBuffer | null | undefined {
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
