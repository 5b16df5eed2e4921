import type { PrefetchPolicyName } from '../policy/prefetchPolicies.js';
import { loadMsOfTiers } from '../sim/loadMsOfTiers.js';
import { type TierBound, tierBound } from '../sim/tierBound.js';
import type { TierReplayOptions } from '../sim/tierReplayOptions.js';
import type { Trace } from '../sim/trace.js';
import { type JobOptions, runJobs } from './runJobs.js';
import type { CacheJob } from './sweepMessages.js';

/**
 * What no policies of these tiers can beat.
 * @param prefetch with any but `none` loads may be hidden, and the bound counts none.
 */
export async function boundOfTiers(
  trace: Trace,
  { tiers, blockBytes, recomputeTokensPerSecond }: Omit<TierReplayOptions, 'warmup'>,
  prefetch: PrefetchPolicyName,
  how: JobOptions,
): Promise<TierBound> {
  let capacity = 0;
  const jobs = tiers.map((tier): CacheJob => {
    capacity += tier.capacity;
    return { kind: 'cache', policy: 'optimum', capacity };
  });
  const optima = await runJobs(trace, jobs, how);
  const loadMs = prefetch === 'none' ? loadMsOfTiers(tiers, blockBytes) : tiers.map(() => 0);
  const bounded = optima.map(({ prefixHits }, at) => ({ optimalHits: prefixHits, loadMs: loadMs[at]! }));
  return tierBound(trace, { tiers: bounded, recomputeTokensPerSecond, warmup: how.warmup });
}
