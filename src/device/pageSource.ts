import type { BlockSpan } from '../core/blockSpan.js';
import type { Queries } from './attentionKernel.js';
import type { AttentionMass } from './attentionMass.js';
import type { MergedNode } from './mergeTree.js';

/** Pages in neighbouring slots, ready to be read; `blocks[i]` is the block whose page lies in `firstSlot + i`. */
export interface PageRun {
  readonly firstSlot: number;
  readonly blocks: readonly number[];
}

/** Where a step finds the pages of its sequence. Calls come from the compute thread. */
export interface PageSource {
  /** Hears how much attention each page of full layers gets; only where somebody wants to know. */
  readonly mass?: AttentionMass | undefined;
  /** The slot that the growing page of a layer lies in. `layer` counts over the whole model. */
  tailSlot(layer: number): number;
  /**
   * Told the queries of a layer before the first of its pages is taken: approximate modes choose by them.
   * @returns the sealed blocks that `take` will not bring, in order. A source without it brings all.
   */
  leaveOut?(layer: number, queries: Queries): readonly BlockSpan[];
  /**
   * The page of a block in a window layer, if it is there now and was not taken; null where it is not. Asked before
   * the layer's first `take`, which will not bring it again. A source without it brings all by `take`.
   */
  takeReady?(layer: number, block: number): PageRun | null;
  /**
   * The next run of sealed pages of a layer; waits until one is there; null when all were taken.
   * Pages come in any order, each once. The reader takes until null, also where it will not read what
   * comes (the last layer of a step with output `none`), so a source never keeps a page of a finished step.
   * Rejects with a KvError `lost` or `cancelled` when a page will not come.
   */
  take(layer: number, maxPages: number): Promise<PageRun | null>;
  /** The kernel has read the run; its slots may be used for other pages. */
  release(layer: number, run: PageRun): void;
}

/** Attention over the pages of full layers that other shards of the stage have. */
export interface PeerAttention {
  /**
   * The nodes of the merge tree that the others have; asked once a full layer, in the order of layers.
   * @throws KvError when one of them does not answer.
   */
  attend(layer: number, queries: Queries): Promise<readonly MergedNode[]>;
  /** Told how long the step had nothing to do but to wait for an answer. */
  waited(ms: number): void;
}
