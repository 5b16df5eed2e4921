import type { LayerRange } from '../core/layerRange.js';
import type { TensorDigest } from '../core/namespace.js';
import type { Epoch, WorkerId } from '../core/plan.js';
import type { ByTier } from '../core/tierName.js';

/** What a worker says about itself when it joins. */
export interface Registration {
  readonly address: string;
  readonly pid: number;
  readonly budgetBytes: ByTier<number>;
  readonly metricsAddress: string;
}

/**
 * - `loading`: has its layers and is not ready to serve;
 * - `ready`: has proved its weights and told its whole inventory;
 * - `lost`: is gone; stays named until somebody takes its stage.
 */
export type MemberState = 'loading' | 'ready' | 'lost';

/** A worker as the coordinator sees it. */
export interface Member extends Registration {
  readonly worker: WorkerId;
  readonly stage: number;
  /** Its place among all; `seat % stages` is the stage. */
  readonly seat: number;
  readonly layers: LayerRange;
  /** The epoch that its registration began; tells a worker from what it was before it came back. */
  readonly since: Epoch;
  readonly state: MemberState;
  /** What it holds of live KV; null while it has not loaded its layers, or where it does not say. */
  readonly capacity: { readonly livePages: number; readonly tailPages: number } | null;
  /** The longest context that it serves; null without a bound. */
  readonly maxTokens: number | null;
  /** Null until it has loaded its layers. */
  readonly tensors: readonly TensorDigest[] | null;
  /** The inventory stream that is open, counted by the coordinator; null when there is none. */
  readonly stream: number | null;
  /** Whether it beats already: until then the longer lease holds. */
  readonly beats: boolean;
  readonly leaseEndsMs: number;
  /** The version of the pins that it was told. */
  readonly pinsVersion: number;
  /** The epoch in which it was taken out of use; null while it is not. */
  readonly drainedSince: Epoch | null;
  /** The epoch of the shards that it knew when it said what it keeps. */
  readonly shardsEpoch: number;
  /** Pages that it keeps for sequences that other workers of its stage lead. */
  readonly keptPages: number;
  /** Sequences that have a decode stream open there, which it leads. */
  readonly openSequences: number;
}

/** Of a member that has only just joined. */
export const newcomer = {
  state: 'loading',
  capacity: null,
  maxTokens: null,
  tensors: null,
  stream: null,
  beats: false,
  pinsVersion: -1,
  shardsEpoch: 0,
  keptPages: 0,
  openSequences: 0,
} as const;
