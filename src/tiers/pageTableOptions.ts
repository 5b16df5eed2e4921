import type { LayerRange } from '../core/layerRange.js';
import type { NamedPolicy } from '../policy/namedPolicy.js';
import type { AdmissionPolicy, PlacementPolicy, ResidencyPolicy, RetentionPolicy } from '../policy/policy.js';
import type { DiskWatermarks } from './diskWatermarks.js';
import type { PolicyFailure } from './livePolicy.js';
import type { LowerTierName } from './tableEvents.js';
import type { TierCosts } from './tierCosts.js';
import type { UseListener } from './useListener.js';

/** The policy that a tier begins with, and what there is to do when one fails. */
export interface TierPolicy<P> {
  readonly policy: NamedPolicy<P>;
  /** What goes on when nothing else is left; it is one of our own. */
  readonly last: NamedPolicy<P>;
  readonly failed: (failure: PolicyFailure) => void;
}

/** The policies of copies that a worker begins with. */
export interface NamedCopyPolicies {
  readonly admission: NamedPolicy<AdmissionPolicy>;
  readonly placement: NamedPolicy<PlacementPolicy>;
}

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
  readonly listeners?: readonly UseListener[];
  readonly residency: TierPolicy<ResidencyPolicy>;
  /** What is copied below, and when. */
  readonly copies: NamedCopyPolicies;
  readonly retention: (tier: LowerTierName) => TierPolicy<RetentionPolicy>;
}
