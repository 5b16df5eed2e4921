import type { AttentionMode } from '../core/attentionMode.js';
import type { BlockKey } from '../core/blockKey.js';

export interface DecodeOptions {
  /** The parent of the first block; the tenant's by default. */
  readonly rootKey?: BlockKey;
  /**
   * What steps that want logits of each of their tokens read of full layers; exact without it. Stages that
   * share sequences among several workers refuse other modes as `unsupported`.
   */
  readonly attention?: AttentionMode;
  readonly stepsAhead?: number;
  readonly signal?: AbortSignal;
}
