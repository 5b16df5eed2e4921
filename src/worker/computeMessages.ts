import type { ErrorContext, ErrorKind } from '../core/errors.js';
import type { Geometry } from '../core/geometry.js';
import type { LayerRange } from '../core/layerRange.js';
import type { TensorDigest } from '../core/namespace.js';
import type { SlabHandle } from '../memory/slab.js';
import type { ComputeDone, ComputeJob } from './compute.js';

/** What a compute thread needs to know when it starts. */
export interface ComputeStart {
  /** Checkpoint folder. */
  readonly model: string;
  readonly geometry: Geometry;
  readonly range: LayerRange;
  /** The device arena, laid out as PagePlanes. */
  readonly device: SlabHandle;
  /** Threads of ONNX Runtime within one matrix product. */
  readonly threads: number;
}

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
