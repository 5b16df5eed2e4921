import { KvError } from '../core/errors.js';
import type { Trace } from '../sim/trace.js';
import type { SweepJob, SweepResults } from './sweepMessages.js';
import { SweepThread } from './sweepThread.js';

export interface JobOptions {
  /** Share of the requests that is replayed uncounted. */
  readonly warmup: number;
  /** Replays at once. */
  readonly threads: number;
  /** Ends the replays. */
  readonly signal: AbortSignal;
  /** Is told after each replay. */
  readonly progress?: (done: number, of: number) => void;
}

/**
 * From so many accesses on, each policy has a thread of its own, which takes some tenths of a second to start: code that has
 * run one policy is compiled for that one, and up to twice as fast as code that has run several.
 */
const freshThreadAccesses = 5_000_000;

/**
 * Runs jobs of one kind in threads that share the trace. The results stand in the order of the jobs.
 * @throws KvError `cancelled`, or the first that a job throws.
 */
export async function runJobs<K extends SweepJob['kind']>(
  trace: Trace,
  jobs: readonly (SweepJob & { readonly kind: K })[],
  options: JobOptions,
): Promise<SweepResults[K][]> {
  const { warmup, signal, progress } = options;
  const results = new Array<SweepResults[K]>(jobs.length);
  const count = Math.max(1, Math.min(options.threads, jobs.length));
  const threads = new Set<SweepThread>();
  const closeAll = async (): Promise<void> => {
    await Promise.all([...threads].map((thread) => thread.close()));
  };
  const onAbort = (): void => void closeAll();
  signal.addEventListener('abort', onAbort, { once: true });
  let next = 0;
  let done = 0;
  let isOver = false;
  const work = async (): Promise<void> => {
    let thread: SweepThread | null = null;
    let policy: string | null = null;
    for (let at = next; at < jobs.length && !isOver; at = next) {
      next += 1;
      const job = jobs[at]!;
      const isWorthAnother = job.policy !== policy && trace.blocks.length >= freshThreadAccesses;
      if (thread !== null && isWorthAnother) {
        await thread.close();
        threads.delete(thread);
        thread = null;
      }
      signal.throwIfAborted();
      if (isOver) return;
      thread ??= new SweepThread({ trace, warmup });
      threads.add(thread);
      policy = job.policy;
      results[at] = await thread.run<K>(job);
      done += 1;
      progress?.(done, jobs.length);
    }
  };
  try {
    await Promise.all(Array.from({ length: count }, work));
    return results;
  } catch (thrown) {
    throw signal.aborted ? KvError.from(signal.reason, 'cancelled') : thrown;
  } finally {
    isOver = true;
    signal.removeEventListener('abort', onAbort);
    await closeAll();
  }
}
