import { KvError } from '../core/errors.js';
import type { ReplayCounts } from '../sim/replayCounts.js';
import { type ReplayRates, ratesOf } from '../sim/simulator.js';
import type { Trace } from '../sim/trace.js';
import type { SweepJob } from './sweepMessages.js';
import { SweepThread } from './sweepThread.js';

export interface SweepOptions {
  /** Names of policies and offline replays, paths of users' policies. */
  readonly policies: readonly string[];
  /** In blocks. */
  readonly capacities: readonly number[];
  /** Share of the requests that is replayed uncounted. */
  readonly warmup: number;
  /** Replays at once. */
  readonly threads: number;
  /** Ends the sweep. */
  readonly signal: AbortSignal;
  /** Is told after each replay. */
  readonly progress?: (done: number, of: number) => void;
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
  const wanted = policies.flatMap((policy) => capacities.map((capacity): SweepJob => ({ policy, capacity })));
  // Regret is measured against it at each capacity, whether it is asked for or not.
  const optima = policies.includes(optimum)
    ? []
    : capacities.map((capacity): SweepJob => ({ policy: optimum, capacity }));
  const jobs = [...wanted, ...optima];
  const counts = await runAll(trace, jobs, options);
  const optimumAt = new Map<number, ReplayCounts>();
  for (const [at, { policy, capacity }] of jobs.entries()) {
    if (policy === optimum) optimumAt.set(capacity, counts[at]!);
  }
  return wanted.map(({ policy, capacity }, at) => {
    const { hits, prefixHits } = counts[at]!;
    return { policy, capacity, hits, prefixHits, ...ratesOf(counts[at]!, optimumAt.get(capacity)!) };
  });
}

async function runAll(
  trace: Trace,
  jobs: readonly SweepJob[],
  options: SweepOptions,
): Promise<ReplayCounts[]> {
  const { warmup, signal, progress } = options;
  const counts = new Array<ReplayCounts>(jobs.length);
  const count = Math.max(1, Math.min(options.threads, jobs.length));
  const threads = Array.from({ length: count }, () => new SweepThread({ trace, warmup }));
  const closeAll = async (): Promise<void> => {
    await Promise.all(threads.map((thread) => thread.close()));
  };
  const onAbort = (): void => void closeAll();
  signal.addEventListener('abort', onAbort, { once: true });
  let next = 0;
  let done = 0;
  const work = async (thread: SweepThread): Promise<void> => {
    for (let at = next; at < jobs.length; at = next) {
      next += 1;
      signal.throwIfAborted();
      counts[at] = await thread.run(jobs[at]!);
      done += 1;
      progress?.(done, jobs.length);
    }
  };
  try {
    await Promise.all(threads.map(work));
    return counts;
  } catch (thrown) {
    throw signal.aborted ? KvError.from(signal.reason, 'cancelled') : thrown;
  } finally {
    signal.removeEventListener('abort', onAbort);
    await closeAll();
  }
}
