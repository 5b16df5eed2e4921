import type { ThrownMessage } from '../core/thrownMessage.js';
import type { AdmissionPolicyName } from '../policy/admissionPolicies.js';
import type { PlacementPolicyName } from '../policy/placementPolicies.js';
import type { ReplayCounts } from '../sim/replayCounts.js';
import type { TierReplayResult } from '../sim/tierReplay.js';
import type { TierReplayOptions } from '../sim/tierReplayOptions.js';
import type { Trace } from '../sim/trace.js';

/** What a thread starts with. The trace's memory is shared, not copied. */
export interface SweepStart {
  readonly trace: Trace;
  /** Share of the requests that is replayed uncounted. */
  readonly warmup: number;
}

/** One replay in one cache. */
export interface CacheJob {
  readonly kind: 'cache';
  /** Name of a policy or of an offline replay, or path of a user's policy. */
  readonly policy: string;
  readonly capacity: number;
}

/** One replay in several tiers. */
export interface TierJob {
  readonly kind: 'tiers';
  /** Name of a policy, or path of a user's policy. */
  readonly policy: string;
  readonly admission: AdmissionPolicyName;
  readonly placement: PlacementPolicyName;
  readonly options: Omit<TierReplayOptions, 'warmup'>;
}

/** What a thread is asked to do, and what comes of it. */
export interface SweepResults {
  readonly cache: ReplayCounts;
  readonly tiers: TierReplayResult;
}
export type SweepJob = CacheJob | TierJob;

export type FromSweepThread =
  | { readonly kind: 'done'; readonly result: SweepResults[keyof SweepResults] }
  | { readonly kind: 'failed'; readonly error: ThrownMessage };
