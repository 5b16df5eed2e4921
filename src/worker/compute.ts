import type { Geometry } from '../core/geometry.js';
import type { LayerRange } from '../core/layerRange.js';
import type { TensorDigest } from '../core/namespace.js';
import type { StallMs } from '../core/stallCause.js';
import type { Queries } from '../device/attentionKernel.js';
import type { TokenAttention, TokenQueries } from '../device/attentionLane.js';
import type { MergedNode } from '../device/mergeTree.js';
import type { PeerAttention } from '../device/pageSource.js';
import type { Board } from '../memory/board.js';
import type { MassSheet } from '../memory/massSheet.js';
import type { Slab } from '../memory/slab.js';
import type { ApproximateDone, JobApproximation } from './approximation.js';

/** What the kernels of a worker work on. */
export interface ComputeStage {
  readonly geometry: Geometry;
  readonly range: LayerRange;
  /** The device arena, laid out as PagePlanes. */
  readonly device: Slab;
}

/** What the kernels of a worker are opened with. */
export interface ComputeOptions extends ComputeStage {
  /** Checkpoint folder; null where only attention is computed. */
  readonly model: string | null;
  /** Query heads of attention for engines that compute the rest themselves. */
  readonly heads: number;
  /** Threads of the dense layers. */
  readonly threads: number;
  /** Threads of attention in a decode step, in which the stages of a sequence take turns. */
  readonly attentionThreads: number;
}

/** Logits as a caller asked for them. */
export interface LogitsWanted {
  /** How many of the highest to return, with their ids. */
  readonly top: number;
  readonly all: boolean;
  /** Of every token of the step, not only of its last. */
  readonly everyPosition: boolean;
}

export type AskPeers = Pick<PeerAttention, 'attend'>;

/**
 * Jobs of two lanes may be under way at once, one of each. Decode goes first; a prefill goes on between its
 * batches and while they wait for pages.
 */
export type ComputeLane = 'decode' | 'prefill';

/** The step of one sequence in a job. Arrays are indexed by layer within the worker's range. */
export interface ComputePart {
  readonly position: number;
  readonly tokens: Uint32Array;
  /** `[tokens][hidden]` of the stage before; null in the first stage. */
  readonly hidden: Float32Array | null;
  /** Null while a prefill goes on. */
  readonly logits: LogitsWanted | null;
  /** Slot of each layer's growing page. */
  readonly tails: Int32Array;
  /** The entries of layer i on the board: from `entries[2 * i]` up to `entries[2 * i + 1]`. */
  readonly entries: Int32Array;
  /** Who has the sequence's other pages; null when all are on the board. */
  readonly peers: AskPeers | null;
  /** Null in exact mode. */
  readonly approximation: JobApproximation | null;
}

/** Steps that are computed together: one prefill, or decode steps of several sequences. */
export interface ComputeJob {
  readonly lane: ComputeLane;
  readonly parts: readonly ComputePart[];
  /** Block of each entry on the board. */
  readonly blocks: Int32Array;
  readonly board: Board;
  /** Where it is written how much attention each entry's page got; null where nobody wants to know. */
  readonly sheet: MassSheet | null;
}

/** Queries of another shard's step against the pages of one full layer here. */
export interface AttendJob {
  readonly lane: ComputeLane;
  readonly layer: number;
  readonly queries: Queries;
  /** Block of each entry. */
  readonly blocks: Int32Array;
  readonly board: Board;
}

/** One layer's queries of a sequence whose K and V others have computed, and where they find them. */
export interface AttentionPart extends TokenQueries {
  /** Slot of the layer's growing page. */
  readonly tail: number;
  /** Of its pages on the board: first entry and end. */
  readonly entries: Int32Array;
  /** Null in exact mode. Its layers are this one alone. */
  readonly approximation: JobApproximation | null;
  /** Who has the sequence's other pages; null when all are on the board. */
  readonly peers: AskPeers | null;
}

/** Such queries of several sequences. */
export interface AttentionJob {
  readonly lane: ComputeLane;
  readonly parts: readonly AttentionPart[];
  /** Block of each entry on the board. */
  readonly blocks: Int32Array;
  readonly board: Board;
  /** As in `ComputeJob`. */
  readonly sheet: MassSheet | null;
}

export interface AttentionDone extends Omit<ComputeDone, 'answers' | 'approximate'> {
  /** One for each part. */
  readonly answers: readonly TokenAttention[];
  /** For each part, the pages on the board that were not chosen. */
  readonly leftOutPages: readonly number[];
}

export interface TopLogits {
  readonly ids: Uint32Array;
  readonly logits: Float32Array;
  /** log(sum(exp(logits))) over the whole vocabulary. */
  readonly logsumexp: number;
  readonly all: Float32Array | null;
}

export type ComputeAnswer =
  | { readonly kind: 'hidden'; readonly hidden: Float32Array }
  /** Of the last token, or of every token where all were wanted. */
  | { readonly kind: 'logits'; readonly positions: readonly TopLogits[] }
  | { readonly kind: 'none' };

export interface ComputeDone {
  /** One for each part. */
  readonly answers: readonly ComputeAnswer[];
  /** Time from start to end, stalls included. */
  readonly elapsedMs: number;
  /** Time in which there was nothing to work on: the sum of `stalls`. */
  readonly stallMs: number;
  readonly stalls: StallMs;
  /** One for each part; null in exact mode. */
  readonly approximate: readonly (ApproximateDone | null)[];
}

/**
 * Runs the layers of a worker, one job a lane at a time. The real one is a thread with ONNX Runtime
 * (computeThread.ts); the simulated one is a fake kernel (src/simulate/fakeCompute.ts).
 */
export interface Compute {
  /** Of the tensors that were loaded. */
  readonly digests: readonly TensorDigest[];
  /**
   * Reads pages as their entries on the job's board turn ready, and marks each consumed.
   * @throws KvError `cancelled` when the board was; what the parts' peers throw; `internal` when the thread died.
   */
  step(job: ComputeJob): Promise<ComputeDone>;
  /** Reads the pages as `step` does, and merges what they give. @throws KvError as `step`. */
  attend(job: AttendJob): Promise<readonly MergedNode[]>;
  /** Part after part, in order. @throws KvError as `step`. */
  attention(job: AttentionJob): Promise<AttentionDone>;
  close(): Promise<void>;
}
