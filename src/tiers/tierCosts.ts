import type { ByTier } from '../core/tierName.js';
import type { LowerTierName } from './tableEvents.js';

/** What pages take, in the words of policies. */
export interface TierCosts {
  readonly blockTokens: number;
  /** Bytes that a page takes in each tier. */
  readonly pageBytes: ByTier<number>;
  /** What bringing a page up from there takes, in ms; 0 where that was not measured. */
  loadMs(from: LowerTierName): number;
}
