import type { Patience } from '../client/patience.js';
import type { StepAnswer, StepWant } from '../client/stepAnswer.js';
import type { BlockKey } from '../core/blockKey.js';

/** An open decode stream: one sequence, steps in order. */
export interface StepStream {
  /**
   * Sets the sequence up to go on after at most `blocks` whole blocks of the chain that the stream was
   * opened with; answers how many are usable.
   */
  seek(blocks: number): Promise<number>;
  /**
   * Computes tokens that all lie in one block. Steps may be sent ahead; they are answered in order.
   * @throws KvError `lost` or `corrupt` when KV that the step reads is gone; the stream is then over.
   */
  step(position: number, tokens: readonly number[], want: StepWant): Promise<StepAnswer>;
  /**
   * Drops all tokens but the first `tokens`, in the order of the steps; only those of the block that still
   * grows can go. A refusal fails the next call.
   */
  truncate(tokens: number): void;
  close(): void;
}

/** A sequence as the decode loop sees it. */
export interface SequenceSession {
  /** The parent of the first block's key. */
  readonly rootKey: BlockKey;
  readonly blockTokens: number;
  /** False where decode steps leave pages out: only blocks of the prompt can then be found by their keys. */
  readonly isExact: boolean;
  /** How it waits for a worker that is gone. */
  readonly patience: Patience;
  /**
   * Opens a stream that may reuse `blocks`, the chain of all whole blocks known so far, where the sequence is
   * placed now.
   * @throws KvError `unavailable` while a stage has no worker.
   */
  open(blocks: readonly BlockKey[]): Promise<StepStream>;
  /** Tells the coordinator about newly sealed blocks. */
  extend(blocks: readonly BlockKey[], tokens: number): Promise<void>;
}
