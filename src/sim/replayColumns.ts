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

/** Columns that a replay writes; an array is replaced when it grows. */
export type ReplayColumns = { -readonly [K in keyof PolicyColumns]: PolicyColumns[K] };

/** Columns for handles below `room`. What is the same for all blocks stands there from the start. */
export function replayColumns(room: number, costs: BlockCosts, parent: Int32Array): ReplayColumns {
  return {
    keyLow: new Uint32Array(room),
    keyHigh: new Uint32Array(room),
    parent,
    depth: new Int32Array(room),
    layer: new Int16Array(room).fill(-1),
    request: new Uint32Array(room),
    kind: new Uint8Array(room),
    requestTokens: new Uint32Array(room),
    time: new Float64Array(room),
    tokens: new Uint32Array(room),
    bytes: new Uint32Array(room).fill(costs.bytes),
    loadMs: new Float32Array(room).fill(costs.loadMs),
    recomputeMs: new Float32Array(room),
  };
}

const written = [
  'keyLow',
  'keyHigh',
  'depth',
  'request',
  'kind',
  'requestTokens',
  'time',
  'tokens',
  'recomputeMs',
] as const;

/** Gives the columns room for more handles; what was written stays. */
export function growColumns(
  columns: ReplayColumns,
  room: number,
  costs: BlockCosts,
  parent: Int32Array,
): void {
  const grown = replayColumns(room, costs, parent);
  for (const name of written) grown[name].set(columns[name]);
  Object.assign(columns, grown);
}
