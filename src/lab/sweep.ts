import type { ReplayCounts } from '../sim/replayCounts.js';
import { type ReplayRates, ratesOf } from '../sim/simulator.js';
import type { Trace } from '../sim/trace.js';
import { type JobOptions, runJobs } from './runJobs.js';
import type { CacheJob } from './sweepMessages.js';

export interface SweepOptions extends JobOptions {
  /** Names of policies and offline replays, paths of users' policies. */
  readonly policies: readonly string[];
  /** In blocks. */
  readonly capacities: readonly number[];
}

/** One policy at one capacity. */
export interface SweepRun extends ReplayRates {
  readonly policy: string;
  readonly capacity: number;
  readonly hits: number;
  readonly prefixHits: number;
}

const optimum = 'optimum';

/**
 * Replays the trace under every policy at every capacity, in threads that share it. The runs come in the order
 * of the policies, then of the capacities; they don't depend on the number of threads.
 * @throws KvError `cancelled`, or the first that a replay throws.
 */
export async function sweep(trace: Trace, options: SweepOptions): Promise<SweepRun[]> {
  const { policies, capacities } = options;
  const wanted = policies.flatMap((policy) =>
    capacities.map((capacity): CacheJob => ({ kind: 'cache', policy, capacity })),
  );
  // Regret is measured against it at each capacity, whether it is asked for or not.
  const optima = policies.includes(optimum)
    ? []
    : capacities.map((capacity): CacheJob => ({ kind: 'cache', policy: optimum, capacity }));
  const jobs = [...wanted, ...optima];
  const counts = await runJobs(trace, jobs, options);
  const optimumAt = new Map<number, ReplayCounts>();
  for (const [at, { policy, capacity }] of jobs.entries()) {
    if (policy === optimum) optimumAt.set(capacity, counts[at]!);
  }
  return wanted.map(({ policy, capacity }, at) => {
    const { hits, prefixHits } = counts[at]!;
    return { policy, capacity, hits, prefixHits, ...ratesOf(counts[at]!, optimumAt.get(capacity)!) };
  });
}
