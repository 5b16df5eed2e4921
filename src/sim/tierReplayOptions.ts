import type { AdmissionFactory, PlacementFactory, RetentionFactory } from '../policy/policy.js';
import type { SimTier } from './simTier.js';

/** The policies of a replay in tiers. */
export interface TierPolicies {
  /** Of each tier, one of its own. */
  readonly retention: RetentionFactory;
  /** Of each tier below the first, one of its own. */
  readonly admission: AdmissionFactory;
  /** Of all tiers together. */
  readonly placement: PlacementFactory;
}

export interface TierReplayOptions {
  readonly tiers: readonly SimTier[];
  readonly blockBytes: number;
  readonly recomputeTokensPerSecond: number;
  /** Whether generated tokens count among those of a request. */
  readonly countOutput: boolean;
  /** Share of the requests that is replayed uncounted; the tiers are kept. */
  readonly warmup: number;
}
