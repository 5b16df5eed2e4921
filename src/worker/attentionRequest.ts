import type { TokenAttention, TokenQueries } from '../device/attentionLane.js';
import type { PageHandle } from '../tiers/pageHandle.js';
import type { JobApproximation } from './approximation.js';
import type { AskPeers, AttentionDone } from './compute.js';
import type { LoadTrace } from './loadCounts.js';
import type { PageCount } from './pageCount.js';
import type { StepPage } from './stepPage.js';

/** Queries of a sequence whose K and V an engine computes, and the pages that it reads for them. */
export interface AttentionRequest {
  readonly queries: TokenQueries;
  /** Slot of the layer's growing page. */
  readonly tail: number;
  /** In the order in which the kernel wants them. */
  readonly pages: readonly StepPage[];
  /** Pages that are held and that the mode leaves out before. */
  readonly leftOut: readonly PageHandle[];
  /** Null in exact mode. */
  readonly approximation: JobApproximation | null;
  /** Who has the other pages; null when there are none. */
  readonly peers: AskPeers | null;
  /** Pages that they read for it. */
  readonly peerPages: number;
  readonly signal: AbortSignal;
}

/** Times are those of all requests that were computed together. */
export interface AttentionOutcome extends Omit<AttentionDone, 'answers' | 'leftOutPages'> {
  readonly answer: TokenAttention;
  readonly loads: LoadTrace;
  readonly peerPages: number;
  /** How many requests were computed together. */
  readonly batch: number;
  /** Sealed pages that the queries attended to here, and those that their mode left out. */
  readonly attended: PageCount;
  readonly skipped: PageCount;
}
