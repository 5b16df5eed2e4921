import { KvError } from '../core/errors.js';
import type { Geometry } from '../core/geometry.js';
import type { AttentionKernel, Queries } from './attentionKernel.js';
import type { KernelTurn } from './kernelTurn.js';
import type { MergedNode } from './mergeTree.js';
import { PagedAttention } from './pagedAttention.js';
import type { PageSource, PeerAttention } from './pageSource.js';
import { type HeadLayout, queriesOfRows, queryRows, rowsOfQueries } from './queryRows.js';

/** Queries of neighbouring tokens in one layer. */
export interface TokenQueries {
  readonly layer: number;
  /** Of the first token. */
  readonly position: number;
  readonly tokens: number;
  /** `[tokens][heads][headDim]` */
  readonly q: Float32Array;
}

export interface TokenAttention {
  /** `[tokens][heads][headDim]` */
  readonly o: Float32Array;
  /** `[tokens][heads]`: log(sum(exp(score))). */
  readonly lse: Float32Array;
}

/** Attention without a model: of queries that others compute, over the same pages and with the same bits. */
export class AttentionLane {
  readonly #geometry: Geometry;
  readonly #layout: HeadLayout;
  readonly #attention: PagedAttention;

  /** @param heads query heads: a multiple of the geometry's KV heads. @param kernel this lane's alone. */
  constructor(geometry: Geometry, heads: number, kernel: AttentionKernel, turn: KernelTurn) {
    this.#geometry = geometry;
    this.#layout = { heads, kvHeads: geometry.kvHeads, headDim: geometry.headDim };
    this.#attention = new PagedAttention(geometry, kernel, turn);
  }

  /**
   * Each token sees its own key, which lies in the growing page, and those before it. One call at a time.
   * @param peers has what `pages` lacks of a full layer; null when it lacks nothing.
   * @throws KvError what `pages` and `peers` throw.
   */
  async attend(
    { layer, position, tokens, q }: TokenQueries,
    pages: PageSource,
    peers: PeerAttention | null,
  ): Promise<TokenAttention> {
    const attention = this.#geometry.layers[layer];
    if (attention === undefined) throw new KvError('internal', `the model has no layer ${layer}`);
    const queries: Queries = {
      values: rowsOfQueries(q, tokens, this.#layout),
      rows: queryRows(tokens, this.#layout),
      position,
      tokens,
      window: attention.kind === 'window' ? attention.window : null,
    };
    const { o, lse } = await this.#attention.attend(layer, queries, pages, peers);
    return {
      o: queriesOfRows(o, tokens, this.#geometry.headDim, this.#layout),
      lse: queriesOfRows(lse, tokens, 1, this.#layout),
    };
  }

  /** As `LayerLane.attend`: another shard's queries over the sealed pages of a full layer. */
  attendSealed(layer: number, queries: Queries, pages: PageSource): Promise<readonly MergedNode[]> {
    return this.#attention.attendSealed(layer, queries, pages);
  }
}
