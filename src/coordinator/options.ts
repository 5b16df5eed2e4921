import type { AdmissionOptions } from './admission.js';

/** What an operator decides about a coordinator, and every bound it has. */
export interface CoordinatorOptions extends AdmissionOptions {
  /** Layer ranges that the model is split into. */
  readonly stages: number;
  /** Workers that may serve one stage; the cluster is ready with one for each. */
  readonly workersPerStage: number;
  /** A worker that is not heard of for this long is lost. It sends a heartbeat three times as often. */
  readonly leaseMs: number;
  /** The lease of a worker that loads its layers and does not beat yet. */
  readonly loadLeaseMs: number;
  /** How often leases and pins are looked at. */
  readonly tickMs: number;
  /** A sequence that nobody touched for this long is released: its client is gone. */
  readonly sequenceIdleMs: number;
  readonly maxSequences: number;
  readonly maxPinnedBlocks: number;
  /** Blocks that the prefix index knows; pages beyond are not found and so computed again. */
  readonly maxIndexedBlocks: number;
  /** Block keys in one message. */
  readonly maxBlocksPerMessage: number;
  /** Pages in one message of an inventory. */
  readonly maxPagesPerMessage: number;
  /** Tensors that a worker may report. */
  readonly maxTensors: number;
}

export const defaultCoordinatorOptions: CoordinatorOptions = {
  stages: 2,
  workersPerStage: 1,
  // With a tick, below two seconds until a worker is missed that is silent while its connection stands.
  leaseMs: 1_500,
  loadLeaseMs: 120_000,
  tickMs: 250,
  sequenceIdleMs: 24 * 3_600_000,
  maxSequences: 100_000,
  maxPinnedBlocks: 262_144,
  maxIndexedBlocks: 16_777_216,
  maxBlocksPerMessage: 262_144,
  maxPagesPerMessage: 65_536,
  maxTensors: 65_536,
  admissionQueueMax: 1_024,
  admissionQueueTenantMax: 256,
  admissionPassesMax: 8,
  admissionBlockMsMax: 2_000,
  // Below the deadline of a client's calls, which hears a refusal rather than nothing.
  admissionWaitMsMax: 25_000,
  // Workers tell several times a second which streams are open: a client has this long between creation and its stream.
  admissionIdleMs: 30_000,
  admissionRetryMs: 1_000,
};
