/** The query rows of one layer, and what they may see. */
export interface Queries {
  /** `[kvHeads][rows][headDim]`; rows are ordered by token, then by query head of the group. */
  readonly values: Float32Array;
  /** Rows a KV head: at least 2. A single row is repeated, because one row alone gets other bits. */
  readonly rows: number;
  /** Position of the first token in its sequence. */
  readonly position: number;
  /** Tokens that the rows stand for; rows past `tokens * group` repeat the last token. */
  readonly tokens: number;
  /** How many keys a query sees, its own included; null sees all. */
  readonly window: number | null;
}

/**
 * Takes the partial of one page: `o[oStart…]` is `[kvHeads][rows][headDim]`, `lse[lseStart…]` is
 * `[kvHeads][rows]`; a row that sees nothing of the page has lse -Infinity and o 0. The arrays belong to
 * the kernel and hold until the call returns.
 */
export type PartialSink = (
  block: number,
  o: Float32Array,
  oStart: number,
  lse: Float32Array,
  lseStart: number,
) => void;

/** The partial of a page, as {@link PartialSink} takes it; it stays good. */
export interface PagePartial {
  readonly o: Float32Array;
  readonly oStart: number;
  readonly lse: Float32Array;
  readonly lseStart: number;
}

/** One token's queries, and a page of which it sees a part: the one that grows, or the oldest of its window. */
export interface PartlySeenPage {
  readonly queries: Queries;
  readonly slot: number;
  readonly block: number;
}

/**
 * Attention of queries against pages that lie in the device's slab, one partial a page. The bits of a
 * partial depend on the query row, the page and what is visible of it: never on the other rows, the other
 * pages of the run, or the number of threads.
 */
export interface AttentionKernel {
  /** Pages that one run should hold for queries of `rows` rows, so that its scratch stays small. */
  pagesPerRun(rows: number): number;
  /**
   * Reads the pages in slots `firstSlot…`; `blocks[i]` is the block whose page lies in `firstSlot + i`.
   * Pages that no row sees are not computed and not given to the sink. The caller keeps the slots
   * unchanged until the promise settles; unwritten rows of a page are zero. Calls do not overlap.
   */
  attend(queries: Queries, firstSlot: number, blocks: readonly number[], sink: PartialSink): Promise<void>;
  /**
   * Pages of several sequences in one call, with the bits of `attend`. All queries have the same number of rows.
   * @returns a partial for each.
   */
  attendPartlySeen(pages: readonly PartlySeenPage[]): Promise<readonly PagePartial[]>;
  /** The same kernel with scratch of its own: its calls may overlap with those of this one. */
  lane(): AttentionKernel;
  /** Closes its lanes too. */
  close(): Promise<void>;
}
