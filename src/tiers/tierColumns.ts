import type { PolicyColumns } from '../policy/policyColumns.js';
import {
  float32Column,
  float64Column,
  int16Column,
  int32Column,
  uint8Column,
  uint32Column,
} from './grown.js';
import { LateColumns } from './lateColumns.js';
import type { PageRecords } from './pageRecords.js';
import type { LowerTierName } from './tableEvents.js';
import type { TierCosts } from './tierCosts.js';

/** What the policy of one tier may know, and how it is brought up to date. */
export interface TierColumns {
  readonly columns: PolicyColumns;
  /** Before the policy hears of the handle. */
  write(handle: number): void;
}

/**
 * Blocks in a tier below the device. `bytes` is that of a block of which all pages are there.
 * @param loadsFrom where a block is loaded from that has left, or null.
 */
export function blockColumnsOf(
  records: PageRecords,
  tier: LowerTierName,
  costs: TierCosts,
  loadsFrom: () => LowerTierName | null,
): TierColumns {
  const late = new LateColumns(records.blockHandles);
  const pages = records.layersServed;
  const { uses } = records;
  const columns = columnsOf({
    keyLow: late.column(uint32Column, (block) => records.keyWord(block, 0)),
    keyHigh: late.column(uint32Column, (block) => records.keyWord(block, 1)),
    parent: () => uses.parent,
    depth: () => records.blockDepth,
    layer: late.column(int16Column, () => -1),
    request: () => uses.request,
    kind: () => uses.kind,
    requestTokens: () => uses.requestTokens,
    time: () => uses.time,
    tokens: late.column(uint32Column, () => costs.blockTokens),
    bytes: late.column(uint32Column, () => pages * costs.pageBytes[tier]),
    loadMs: late.column(float32Column, () => {
      const from = loadsFrom();
      return from === null ? 0 : pages * costs.loadMs(from);
    }),
    recomputeMs: late.column(float32Column, () => uses.recomputeMs),
  });
  return { columns, write: (block) => late.write(block) };
}

/** Pages on the device; of a request they tell what their block does. */
export function pageColumnsOf(
  records: PageRecords,
  costs: TierCosts,
  belowOf: (handle: number) => LowerTierName | null,
): TierColumns {
  const late = new LateColumns(records.pageHandles);
  const { uses } = records;
  const ofBlock = (column: () => ArrayLike<number>) => (handle: number) => column()[records.blockOf(handle)]!;
  const columns = columnsOf({
    keyLow: late.column(uint32Column, (handle) => records.keyWord(records.blockOf(handle), 0)),
    keyHigh: late.column(uint32Column, (handle) => records.keyWord(records.blockOf(handle), 1)),
    parent: late.column(int32Column, (handle) => records.pageBefore(handle)),
    depth: () => records.pageDepth,
    layer: () => records.pageLayer,
    request: late.column(
      uint32Column,
      ofBlock(() => uses.request),
    ),
    kind: late.column(
      uint8Column,
      ofBlock(() => uses.kind),
    ),
    requestTokens: late.column(
      uint32Column,
      ofBlock(() => uses.requestTokens),
    ),
    time: late.column(
      float64Column,
      ofBlock(() => uses.time),
    ),
    tokens: late.column(uint32Column, () => costs.blockTokens),
    bytes: late.column(uint32Column, () => costs.pageBytes.device),
    loadMs: late.column(float32Column, (handle) => {
      const below = belowOf(handle);
      return below === null ? 0 : costs.loadMs(below);
    }),
    recomputeMs: late.column(float32Column, () => uses.recomputeMs),
  });
  return { columns, write: (handle) => late.write(handle) };
}

type Readers = { readonly [K in keyof PolicyColumns]: () => PolicyColumns[K] };

function columnsOf(readers: Readers): PolicyColumns {
  const columns = {};
  for (const [name, get] of Object.entries(readers))
    Object.defineProperty(columns, name, { get, enumerable: true });
  return columns as PolicyColumns; // all its names were just defined
}
