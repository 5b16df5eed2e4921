import type { PolicyColumns } from '../policy/policyColumns.js';

/** What all blocks of one cache have in common. */
export interface BlockCosts {
  /** Bytes that a block takes. */
  readonly bytes: number;
  /** What bringing a block back from below would take, in ms; 0 where nothing is below. */
  readonly loadMs: number;
  /** What computing one token anew would take, in ms. */
  readonly recomputeMsPerToken: number;
}

/** Where a replay is about one cache and counts blocks. */
export const defaultBlockCosts: BlockCosts = { bytes: 1, loadMs: 0, recomputeMsPerToken: 0.1 };

/** Columns for handles below `capacity`. What is the same for all blocks stands there from the start. */
export function replayColumns(capacity: number, costs: BlockCosts): PolicyColumns {
  return {
    keyLow: new Uint32Array(capacity),
    keyHigh: new Uint32Array(capacity),
    parent: new Int32Array(capacity),
    depth: new Int32Array(capacity),
    layer: new Int16Array(capacity).fill(-1),
    request: new Uint32Array(capacity),
    kind: new Uint8Array(capacity),
    requestTokens: new Uint32Array(capacity),
    time: new Float64Array(capacity),
    tokens: new Uint32Array(capacity),
    bytes: new Uint32Array(capacity).fill(costs.bytes),
    loadMs: new Float32Array(capacity).fill(costs.loadMs),
    recomputeMs: new Float32Array(capacity),
  };
}
