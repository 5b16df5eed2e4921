import type { LayerRange } from './layerRange.js';

declare const brand: unique symbol;

export type WorkerId = string & { readonly [brand]: 'WorkerId' };
export type SequenceId = string & { readonly [brand]: 'SequenceId' };

/** Counts changes of membership; a plan made under an older one is refused as `stale`. */
export type Epoch = number & { readonly [brand]: 'Epoch' };

/** A worker that keeps part of a sequence's pages for the one that leads its stage. */
export interface ShardPlan {
  readonly worker: WorkerId;
  /** host:port of the worker's gRPC server. */
  readonly address: string;
}

/** The worker that serves one layer range of a sequence, and those that keep pages for it. */
export interface StagePlan {
  readonly worker: WorkerId;
  /** host:port of the worker's gRPC server. */
  readonly address: string;
  readonly layers: LayerRange;
  readonly shards: readonly ShardPlan[];
}

/** Where a sequence is computed: its stages in order, together all layers of the model. */
export interface Plan {
  readonly sequence: SequenceId;
  readonly epoch: Epoch;
  readonly stages: readonly StagePlan[];
}

export const workerId = (text: string): WorkerId => text as WorkerId;
export const sequenceId = (text: string): SequenceId => text as SequenceId;
export const epoch = (count: number): Epoch => count as Epoch;
