import { defaultScrubBounds } from '../tiers/scrubPace.js';

/** Every bound of a worker beside its byte budgets, each with its default. */
export interface WorkerLimits {
  /** Sequences that may be open at once; one more is refused. */
  readonly openSequencesMax: number;
  /** Steps of one sequence that may wait in this worker; the stream's back-pressure holds the rest. */
  readonly queuedStepsMax: number;
  /** Pages of one stream of gets, or of puts, that are worked on at once; the stream holds the rest. */
  readonly pagesInWorkMax: number;
  /** A stream on which the bytes of one page take longer than this is ended: it holds a slot. */
  readonly pageStallMs: number;
  /** How long a worker tries to reach its coordinator the first time. */
  readonly joinTimeoutMs: number;
  /** Pause between two tries to reach the coordinator again, at first and at most. */
  readonly rejoinDelayMs: number;
  readonly rejoinDelayMsMax: number;
  /** Heartbeats sent within one lease. */
  readonly heartbeatsPerLease: number;
  /** Changes of the inventory are sent together after this long, or when so many are waiting. */
  readonly inventoryDelayMs: number;
  readonly inventoryBatch: number;
  /** Bytes on disk and in pinned memory that are verified in the background; 0 for none. */
  readonly scrubBytesPerSecond: number;
  /** How long a stopping worker may take to write back pages that are not on disk yet. */
  readonly flushTimeoutMs: number;
  /** How long calls in flight may run on after a stop. */
  readonly drainTimeoutMs: number;
}

export const defaultWorkerLimits: WorkerLimits = {
  openSequencesMax: 1024,
  queuedStepsMax: 8,
  pagesInWorkMax: 8,
  pageStallMs: 10_000,
  joinTimeoutMs: 15_000,
  rejoinDelayMs: 100,
  rejoinDelayMsMax: 2_000,
  heartbeatsPerLease: 3,
  inventoryDelayMs: 20,
  inventoryBatch: 1024,
  scrubBytesPerSecond: defaultScrubBounds.bytesPerSecond,
  flushTimeoutMs: 20_000,
  drainTimeoutMs: 1_000,
};
