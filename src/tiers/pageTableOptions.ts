import type { LayerRange } from '../core/layerRange.js';
import type { ResidencyFactory, RetentionFactory } from '../policy/policy.js';
import type { DiskWatermarks } from './diskWatermarks.js';
import type { TierCosts } from './tierCosts.js';

export interface PageTableOptions {
  readonly layers: LayerRange;
  /** Slots for tails and hot pages. */
  readonly hotSlots: number;
  /** Pages that fit in each tier below; 0 for none. */
  readonly pinnedPages: number;
  /** May change with what is stored. */
  readonly diskPages: () => number;
  /** Stores to disk under way at once. */
  readonly diskStoresMax: number;
  readonly diskWatermarks: DiskWatermarks;
  readonly costs: TierCosts;
  readonly residency: ResidencyFactory;
  readonly retention: RetentionFactory;
}
