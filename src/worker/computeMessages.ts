import type { TensorDigest } from '../core/namespace.js';
import type { Queries } from '../device/attentionKernel.js';
import type { MergedNode } from '../device/mergeTree.js';
import type { SlabHandle } from '../memory/slab.js';
import type { AttendJob, ComputeDone, ComputeJob, ComputeOptions } from './compute.js';
import type { ThrownMessage } from './thrownMessage.js';

/** Options as they cross to the thread: the arena by its handle. */
export type ComputeStart = Omit<ComputeOptions, 'device'> & { readonly device: SlabHandle };

/** A job whose board travels as its shared memory; its peers stay, and are asked by messages. */
export type JobMessage = Omit<ComputeJob, 'board' | 'peers'> & {
  readonly board: SharedArrayBuffer;
  readonly hasPeers: boolean;
};

export type AttendMessage = Omit<AttendJob, 'board'> & { readonly board: SharedArrayBuffer };

export type ToCompute =
  | { readonly kind: 'job'; readonly job: JobMessage }
  | { readonly kind: 'attend'; readonly job: AttendMessage }
  /** What the peers answered. */
  | { readonly kind: 'merged'; readonly question: number; readonly nodes: readonly MergedNode[] }
  | { readonly kind: 'mergeFailed'; readonly question: number; readonly error: ThrownMessage }
  | { readonly kind: 'stop' };

export type FromCompute =
  | { readonly kind: 'started'; readonly digests: readonly TensorDigest[] }
  | { readonly kind: 'done'; readonly done: ComputeDone }
  | { readonly kind: 'attended'; readonly nodes: readonly MergedNode[] }
  /** A question to the peers of the step that is under way. */
  | {
      readonly kind: 'askPeers';
      readonly question: number;
      readonly layer: number;
      readonly queries: Queries;
    }
  | { readonly kind: 'failed'; readonly error: ThrownMessage };
