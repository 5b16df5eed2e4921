import type { AttentionMode } from '../core/attentionMode.js';
import type { PageView } from '../core/pageView.js';
import type { StageTrace } from './stepAnswer.js';

/** K or V of tokens in one layer, `[tokens][kvHeads][headDim]`: f32 values, f16 bits, or the bytes of either. */
export type KvValues = Float32Array | Uint16Array | Uint8Array;

export interface AttendOptions {
  /**
   * Which sealed pages a full layer reads. Default exact: all of them; `heavyHitters` is for decoding only. K and V
   * that an engine computes behind an approximate layer are found by whoever has the same tokens: keep them in a
   * namespace of their own.
   */
  readonly mode?: AttentionMode;
  /** Appended before, in the same message: one round trip less than `append` and then `attend`. */
  readonly append?: { readonly k: KvValues; readonly v: KvValues };
}

/** Attention of the queries of one layer. */
export interface Attended {
  /** `[tokens][heads][headDim]`: the softmax of q·k / √headDim over the visible keys, times their values. */
  readonly o: Float32Array;
  /** `[tokens][heads]`: log(sum(exp(q·k / √headDim))) over the visible keys. */
  readonly lse: Float32Array;
  /** What the worker did for it. */
  readonly trace: StageTrace;
}

/** A whole block of KV that was computed elsewhere. */
export interface FilledBlock {
  /** Its ids: `blockTokens`. */
  readonly tokens: ArrayLike<number>;
  /**
   * One page for each layer of the model: K and V, each `[kvHeads][blockTokens][headDim]`, as in block mode. They are
   * read before the next block is asked for.
   */
  readonly pages: readonly PageView[];
}
