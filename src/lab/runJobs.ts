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
      results[at] = await thread.run<K>(jobs[at]!);
      done += 1;
      progress?.(done, jobs.length);
    }
  };
  try {
    await Promise.all(threads.map(work));
    return results;
  } catch (thrown) {
    throw signal.aborted ? KvError.from(signal.reason, 'cancelled') : thrown;
  } finally {
    signal.removeEventListener('abort', onAbort);
    await closeAll();
  }
}
