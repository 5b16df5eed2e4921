import type { StallMs } from '../core/stallCause.js';
import type { ByTier } from '../core/tierName.js';

/** Which logits a step is to answer: none while a prefill goes on. */
export interface StepWant {
  /** How many of the highest logits; 0 for none. */
  readonly topLogits: number;
  /** Also the logits of the whole vocabulary. */
  readonly allLogits: boolean;
  /** Of every token of the step, not only of its last: how proposed tokens are verified. */
  readonly everyPosition?: boolean;
}

/** What one stage did in one step. */
export interface StageTrace {
  readonly stage: number;
  readonly computeMs: number;
  /** Time in which the step could not go on: the sum of `stalls`. */
  readonly stallMs: number;
  readonly stalls: StallMs;
  /** Sum over the loads of the time from start to end. */
  readonly loadMs: number;
  /** Pages brought to the device tier, by the tier that they came from. */
  readonly loadedPages: ByTier<number>;
  readonly loadedBytes: ByTier<number>;
  /** Pages that other shards of the stage have read for the step, where they lie. */
  readonly peerPages: number;
  /** Steps of so many sequences were computed together; the times are those of all. */
  readonly batch: number;
  /** Sealed pages of full layers that the step attended to in this worker, and their bytes. */
  readonly attendedPages: number;
  readonly attendedBytes: number;
  /** Those that the attention mode left out; none in exact mode. */
  readonly skippedPages: number;
  readonly skippedBytes: number;
}

/** What follows one token of a step. */
export interface PositionAnswer {
  /** Best first; the lower id first on ties. */
  readonly topIds: readonly number[];
  /** Float32 values. */
  readonly topLogits: readonly number[];
  /** log(sum(exp(logits))) over the whole vocabulary. */
  readonly logsumexp: number;
  /** `[vocabulary]` when all were wanted. */
  readonly logits: Float32Array | null;
}

/** The answer for the last token of a step, and what concerns the whole step. */
export interface StepAnswer extends PositionAnswer {
  /** With `everyPosition` the tokens before the last, in order; else none. */
  readonly earlier: readonly PositionAnswer[];
  readonly stages: readonly StageTrace[];
}
