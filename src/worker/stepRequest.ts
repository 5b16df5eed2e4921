import type { PageHandle } from '../tiers/pageHandle.js';
import type { AskPeers, LogitsWanted } from './compute.js';
import type { StepApproximation } from './sequenceApproximation.js';
import type { StepPage } from './stepPage.js';

/** A step of one sequence, made ready for the kernel. */
export interface StepRequest {
  readonly position: number;
  readonly tokens: Uint32Array;
  readonly hidden: Float32Array | null;
  readonly logits: LogitsWanted | null;
  /** Slot of each layer's growing page. */
  readonly tails: Int32Array;
  /** The pages of each layer, in the order in which the kernel wants them. */
  readonly layers: readonly (readonly StepPage[])[];
  /** Who has the other pages; null when there are none. */
  readonly peers: AskPeers | null;
  /** Pages that they read for the step. */
  readonly peerPages: number;
  /** Sealed pages of full layers: those listed, and those that the mode leaves out before. */
  readonly fullPages: number;
  readonly skippedPages: number;
  /** Null in exact mode. */
  readonly approximation: StepApproximation | null;
  /** Pages that are held and that the mode leaves out before. */
  leftOut(): Iterable<PageHandle>;
  readonly signal: AbortSignal;
}
