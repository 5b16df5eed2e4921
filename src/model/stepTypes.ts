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
