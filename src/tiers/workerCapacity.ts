import { type Geometry, pageBytes, slotBytesOf } from '../core/geometry.js';
import { type LayerRange, layerCount } from '../core/layerRange.js';
import type { ByTier } from '../core/tierName.js';
import { type DiskCompression, diskCodecs } from './codec/diskCodecs.js';
import type { TierDtype } from './codec/tierDtype.js';
import { pinnedSlotBytes } from './pinnedTier.js';
import { stagingSlots } from './stagingSlots.js';

/** What a worker's budgets hold of live KV, in pages. */
export interface WorkerCapacity {
  /** In all tiers together; slots that pages stream through hold none. */
  readonly livePages: number;
  /** Those of them that may be growing pages: they lie on the device. */
  readonly tailPages: number;
}

/** @param budgetBytes as the worker was given them; a page store has no device. */
export function workerCapacity(
  geometry: Geometry,
  range: LayerRange,
  budgetBytes: ByTier<number>,
  compression: DiskCompression,
  pinnedDtype: TierDtype = 'exact',
): WorkerCapacity {
  const deviceSlots = Math.floor(budgetBytes.device / pageBytes(geometry));
  const tailPages = Math.max(0, deviceSlots - stagingSlots(deviceSlots, layerCount(range)));
  // What packing saves depends on the page; only dtypes are sure to make every one smaller.
  const { write } = diskCodecs({ dtype: compression.dtype, packing: 'none' }, geometry);
  const diskPageBytes = slotBytesOf(write?.lengths.at(-1) ?? pageBytes(geometry));
  const pinned = Math.floor(budgetBytes.pinned / pinnedSlotBytes(geometry, pinnedDtype));
  return { livePages: tailPages + pinned + Math.floor(budgetBytes.disk / diskPageBytes), tailPages };
}
