import { seenBlocks } from '../core/blockSpan.js';
import type { AttentionKernel, PagePartial, PartialSink, Queries } from './attentionKernel.js';
import { freeTurn, type KernelTurn } from './kernelTurn.js';
import { type Merged, type MergedNode, MergeTree } from './mergeTree.js';
import type { PageSource, PeerAttention } from './pageSource.js';

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
   * @param tail what the growing page gives, where that is known.
   * @returns `[kvHeads][rows]`, good until the next call.
   * @throws KvError what `pages` and `peers` throw.
   */
  async attend(
    layer: number,
    queries: Queries,
    pages: PageSource,
    peers: PeerAttention | null = null,
    tail: PagePartial | null = null,
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
    if (tail === null) {
      await this.#turn.next();
      await this.#kernel.attend(queries, pages.tailSlot(layer), [end - 1], sink);
    } else this.#tree.add(end - 1, tail.o, tail.oStart, tail.lse, tail.lseStart);
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
   * What the growing pages of several sequences give, as `attend` takes it.
   * @returns one for each; null where `attend` is to find out by itself.
   */
  async attendTails(
    layer: number,
    all: readonly { readonly queries: Queries; readonly pages: PageSource }[],
  ): Promise<(PagePartial | null)[]> {
    if (all.length < 2) return all.map(() => null);
    await this.#turn.next();
    return await this.#kernel.attendTails(
      all.map(({ queries, pages }) => {
        const block = Math.floor((queries.position + queries.tokens - 1) / this.#shape.blockTokens);
        return { queries, slot: pages.tailSlot(layer), block };
      }),
    );
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
