import type { TensorDigest } from '../core/namespace.js';
import type { ThrownMessage } from '../core/thrownMessage.js';
import type { Queries } from '../device/attentionKernel.js';
import type { MergedNode } from '../device/mergeTree.js';
import type { SlabHandle } from '../memory/slab.js';
import type {
  AttendJob,
  AttentionDone,
  AttentionJob,
  AttentionPart,
  ComputeDone,
  ComputeJob,
  ComputeOptions,
  ComputePart,
} from './compute.js';

/** Options as they cross to the thread: the arena by its handle. */
export type ComputeStart = Omit<ComputeOptions, 'device'> & { readonly device: SlabHandle };

/** A part whose peers stay, and are asked by messages. */
export type PartMessage = Omit<ComputePart, 'peers'> & { readonly hasPeers: boolean };

/** A job whose board and sheet travel as their shared memory. */
export type JobMessage = Omit<ComputeJob, 'board' | 'parts' | 'sheet'> & {
  readonly board: SharedArrayBuffer;
  readonly sheet: SharedArrayBuffer | null;
  readonly parts: readonly PartMessage[];
};

export type AttendMessage = Omit<AttendJob, 'board'> & { readonly board: SharedArrayBuffer };

export type AttentionMessage = Omit<AttentionJob, 'board' | 'parts' | 'sheet'> & {
  readonly board: SharedArrayBuffer;
  readonly sheet: SharedArrayBuffer | null;
  readonly parts: readonly (Omit<AttentionPart, 'peers'> & { readonly hasPeers: boolean })[];
};

/** `id` counts the jobs of a thread. */
export type ToCompute =
  | { readonly kind: 'job'; readonly id: number; readonly job: JobMessage }
  | { readonly kind: 'attend'; readonly id: number; readonly job: AttendMessage }
  | { readonly kind: 'attention'; readonly id: number; readonly job: AttentionMessage }
  /** What the peers answered. */
  | { readonly kind: 'merged'; readonly question: number; readonly nodes: readonly MergedNode[] }
  | { readonly kind: 'mergeFailed'; readonly question: number; readonly error: ThrownMessage }
  | { readonly kind: 'stop' };

/** How a job ended. */
export type JobEnd =
  | { readonly kind: 'done'; readonly id: number; readonly done: ComputeDone }
  | { readonly kind: 'attended'; readonly id: number; readonly nodes: readonly MergedNode[] }
  | { readonly kind: 'attention'; readonly id: number; readonly done: AttentionDone }
  | { readonly kind: 'failed'; readonly id: number; readonly error: ThrownMessage };

export type FromCompute =
  | { readonly kind: 'started'; readonly digests: readonly TensorDigest[] }
  | { readonly kind: 'notStarted'; readonly error: ThrownMessage }
  | JobEnd
  /** A question to the peers of a part of a job that is under way. */
  | {
      readonly kind: 'askPeers';
      readonly question: number;
      readonly id: number;
      readonly part: number;
      readonly layer: number;
      readonly queries: Queries;
    };
