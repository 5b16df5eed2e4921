import type { Queries } from '../device/attentionKernel.js';
import type { StepPage } from './stepPage.js';

/** Queries of another shard's step, and the pages of the layer that are here. */
export interface AttendRequest {
  readonly layer: number;
  readonly queries: Queries;
  readonly pages: readonly StepPage[];
  readonly signal: AbortSignal;
}
