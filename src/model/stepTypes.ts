import type { Queries } from '../device/attentionKernel.js';
import type { MergedNode } from '../device/mergeTree.js';

/** One decode step or prefill chunk as a layer range computes it: tokens that all lie in one block. */
export interface StepInput {
  /** Position of the first token in its sequence. */
  readonly position: number;
  /** Ids, one a token. */
  readonly tokens: Uint32Array;
  /** `[tokens][hidden]` from the stage before; null in the first stage. */
  readonly hidden: Float32Array | null;
  /**
   * With `none` the attention of the model's last layer is not computed, with `logits` only that of the last
   * token: nothing reads the other output.
   */
  readonly output: WantedOutput;
}

/**
 * What the last stage is to answer: `logits` of the last token, `everyLogits` of all tokens (they are verified),
 * or `none` (prefill that goes on).
 */
export type WantedOutput = 'logits' | 'everyLogits' | 'none';

export type StepOutput =
  /** `[tokens][hidden]`, for the next stage. */
  | { readonly kind: 'hidden'; readonly hidden: Float32Array }
  /** `[vocabulary]` of the last token, or `[tokens][vocabulary]` where all were wanted. */
  | { readonly kind: 'logits'; readonly logits: Float32Array }
  | { readonly kind: 'none' };

/** Pages in neighbouring slots, ready to be read; `blocks[i]` is the block whose page lies in `firstSlot + i`. */
export interface PageRun {
  readonly firstSlot: number;
  readonly blocks: readonly number[];
}

/** Where a step finds the pages of its sequence. Calls come from the compute thread. */
export interface PageSource {
  /** The slot that the growing page of a layer lies in. `layer` counts over the whole model. */
  tailSlot(layer: number): number;
  /**
   * The next run of sealed pages of a layer; waits until one is there; null when all were taken.
   * Pages come in any order, each once. The runner takes until null, also where it will not read what
   * comes (the last layer of a step with output `none`), so a source never keeps a page of a finished step.
   * @throws KvError `lost` or `cancelled` when a page will not come.
   */
  take(layer: number, maxPages: number): PageRun | null;
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
