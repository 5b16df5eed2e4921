import { seenBlocks } from '../core/blockSpan.js';
import type {
  AttentionKernel,
  PagePartial,
  PartialSink,
  PartlySeenPage,
  Queries,
} from './attentionKernel.js';
import { freeTurn, type KernelTurn } from './kernelTurn.js';
import { type Merged, type MergedNode, MergeTree } from './mergeTree.js';
import type { PageRun, PageSource, PeerAttention } from './pageSource.js';
import { visibilityOf } from './visibility.js';

/** What one page of a layer gives, found out before. */
export interface KnownPartial extends PagePartial {
  readonly block: number;
}

export interface PagedAttentionShape {
  readonly kvHeads: number;
  readonly headDim: number;
  readonly blockTokens: number;
}

/**
 * Attention of queries over all that they see of a sequence: its growing page, the sealed pages that a
 * source brings and those that other shards have, merged along the one tree. It is exact unless the source
 * leaves pages out. One call at a time.
 */
export class PagedAttention {
  readonly #shape: PagedAttentionShape;
  readonly #kernel: AttentionKernel;
  readonly #turn: KernelTurn;
  readonly #tree = new MergeTree();

  constructor(shape: PagedAttentionShape, kernel: AttentionKernel, turn: KernelTurn = freeTurn) {
    this.#shape = shape;
    this.#kernel = kernel;
    this.#turn = turn;
  }

  /**
   * @param peers has what `pages` lacks of a full layer; null when it lacks nothing.
   * @param known what some pages give, which `pages` does not bring any more.
   * @returns `[kvHeads][rows]`, good until the next call.
   * @throws KvError what `pages` and `peers` throw.
   */
  async attend(
    layer: number,
    queries: Queries,
    pages: PageSource,
    peers: PeerAttention | null = null,
    known: readonly KnownPartial[] = [],
  ): Promise<Merged> {
    const { position, tokens, window } = queries;
    const { first, end } = seenBlocks(window, this.#shape.blockTokens, position, tokens);
    // They compute while we do.
    const elsewhere = window === null ? peers?.attend(layer, queries) : undefined;
    elsewhere?.catch(() => {}); // heard of below, unless our own part fails first
    this.#begin(queries, first, end);
    // Chosen pages that are elsewhere come while the growing page is read.
    for (const span of pages.leaveOut?.(layer, queries) ?? []) this.#tree.addAbsent(span);
    const sink = sinkOf(this.#tree);
    for (const { block, o, oStart, lse, lseStart } of known) sink(block, o, oStart, lse, lseStart);
    if (known.every(({ block }) => block !== end - 1)) {
      await this.#turn.next();
      await this.#kernel.attend(queries, pages.tailSlot(layer), [end - 1], sink);
    }
    const mass = window === null ? pages.mass : undefined;
    const rows = this.#shape.kvHeads * queries.rows;
    await this.#readAll(layer, queries, pages, mass === undefined ? sink : mass.listening(sink, rows));
    if (elsewhere !== undefined) {
      const startedMs = performance.now();
      const nodes = await this.#turn.idle(elsewhere);
      peers?.waited(performance.now() - startedMs);
      for (const { o, lse, ...node } of nodes) this.#tree.addNode(node, o, 0, lse, 0);
    }
    const merged = this.#tree.finish();
    mass?.finish(layer, merged.lse, tokens);
    return merged;
  }

  /**
   * What pages give of which single tokens of several sequences see a part, in one kernel call: those that grow,
   * and those that windows cut and that are there.
   * @returns for each sequence what is known of it, as `attend` takes it.
   */
  async attendPartlySeen(
    layer: number,
    all: readonly { readonly queries: Queries; readonly pages: PageSource }[],
  ): Promise<readonly (readonly KnownPartial[])[]> {
    const known = all.map((): KnownPartial[] => []);
    if (all.length < 2) return known;
    await this.#turn.next();
    const seen = all.flatMap(({ queries, pages }, of) => this.#partlySeen(layer, queries, pages, of));
    const partials = await this.#kernel.attendPartlySeen(seen);
    for (const [at, { of, block, run }] of seen.entries()) {
      known[of]!.push({ block, ...partials[at]! });
      if (run !== null) all[of]!.pages.release(layer, run);
    }
    return known;
  }

  /** Pages of the sequence of which its one token sees a part, if they are there. */
  #partlySeen(layer: number, queries: Queries, pages: PageSource, of: number) {
    const { position, tokens, window } = queries;
    const { blockTokens } = this.#shape;
    const { first, end } = seenBlocks(window, blockTokens, position, tokens);
    const isPartlySeen = (block: number) =>
      tokens === 1 && visibilityOf(queries, block, blockTokens) === 'some';
    const seen: (PartlySeenPage & { readonly of: number; readonly run: PageRun | null })[] = [];
    if (isPartlySeen(end - 1))
      seen.push({ of, queries, slot: pages.tailSlot(layer), block: end - 1, run: null });
    const run = first < end - 1 && isPartlySeen(first) ? pages.takeReady?.(layer, first) : null;
    if (run != null) seen.push({ of, queries, slot: run.firstSlot, block: first, run });
    return seen;
  }

  /**
   * Attention over the sealed pages alone that `pages` brings of a full layer, for the shard that has the rest.
   * @returns what they give, merged as far as it goes; good until the next call.
   */
  async attendSealed(layer: number, queries: Queries, pages: PageSource): Promise<readonly MergedNode[]> {
    this.#begin(queries, 0, Math.floor(queries.position / this.#shape.blockTokens));
    await this.#readAll(layer, queries, pages, sinkOf(this.#tree));
    return this.#tree.roots();
  }

  #begin({ rows }: Queries, first: number, end: number): void {
    const { kvHeads, headDim } = this.#shape;
    this.#tree.begin({ rows: kvHeads * rows, headDim, first, end });
  }

  async #readAll(layer: number, queries: Queries, pages: PageSource, sink: PartialSink): Promise<void> {
    const runMax = this.#kernel.pagesPerRun(queries.rows);
    for (;;) {
      const run = await pages.take(layer, runMax);
      if (run === null) return;
      await this.#turn.next();
      await this.#kernel.attend(queries, run.firstSlot, run.blocks, sink);
      pages.release(layer, run);
    }
  }
}

function sinkOf(tree: MergeTree): PartialSink {
  return (block, o, oStart, lse, lseStart) => tree.add(block, o, oStart, lse, lseStart);
}
