import type { ErrorContext, ErrorKind } from '../core/errors.js';
import type { TensorDigest } from '../core/namespace.js';
import type { SlabHandle } from '../memory/slab.js';
import type { ComputeDone, ComputeJob, ComputeOptions } from './compute.js';

/** Options as they cross to the thread: the arena by its handle. */
export type ComputeStart = Omit<ComputeOptions, 'device'> & { readonly device: SlabHandle };

/** A job whose board travels as its shared memory. */
export type JobMessage = Omit<ComputeJob, 'board'> & { readonly board: SharedArrayBuffer };

export type ToCompute = { readonly kind: 'job'; readonly job: JobMessage } | { readonly kind: 'stop' };

/** An error as it crosses a thread: class instances do not. */
export interface ThrownMessage {
  readonly errorKind: ErrorKind;
  readonly message: string;
  readonly context: ErrorContext;
}

export type FromCompute =
  | { readonly kind: 'started'; readonly digests: readonly TensorDigest[] }
  | { readonly kind: 'done'; readonly done: ComputeDone }
  | { readonly kind: 'failed'; readonly error: ThrownMessage };
