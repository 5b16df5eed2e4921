import type { BlockSpan } from '../core/blockSpan.js';
import type { LayerMass } from '../device/attentionMass.js';

/** A page and what its keys lie between, see `keyBounds`. */
export interface BoundedPage {
  readonly handle: number;
  /** Of the page that has the handle now, see `BoundsTable`. */
  readonly stamp: number;
  readonly bounds: Float32Array;
}

/** The pages of one layer as the step lists them. */
export interface ListedPages {
  readonly handles: Int32Array;
  readonly stamps: Float64Array;
}

/** What a mode that chooses by key bounds tells the compute thread with each step. */
export interface BoundedJob {
  /** Of the pages of each full layer, how many are read; null in a prefill, which reads all. */
  readonly share: number | null;
  /** By layer within the worker's range the pages listed; null for window layers, which are not chosen from. */
  readonly layers: readonly (ListedPages | null)[];
  /** Pages sealed since the last step. */
  readonly sealed: readonly BoundedPage[];
}

/** What an approximate mode wants of a step. */
export interface JobApproximation {
  /** By layer within the worker's range: sealed blocks that are not on the board though queries would see them. */
  readonly leftOut: readonly (readonly BlockSpan[])[];
  /** Null where pages are not chosen by their bounds. */
  readonly bounded: BoundedJob | null;
  readonly wantsMass: boolean;
}

/** What the compute thread says of such a step when it is done. */
export interface ApproximateDone {
  /** Pages on the board that were not chosen. */
  readonly leftOutPages: number;
  /** Of full layers, where it was wanted. */
  readonly mass: readonly LayerMass[];
  /** By layer within the range, of growing pages that have become whole; else none. */
  readonly tailBounds: readonly (Float32Array | null)[];
}
