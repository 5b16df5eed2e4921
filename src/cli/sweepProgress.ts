import { availableParallelism } from 'node:os';
import { Presets, SingleBar } from 'cli-progress';
import type { JobOptions } from '../lab/runJobs.js';
import type { CommandContext } from './commandContext.js';
import type { Settings } from './settings.js';

/** Runs replays as --jobs and --warmup say, with a bar of those that are done; none where stderr is no terminal. */
export async function withProgress<T>(
  { jobs, warmup }: Settings,
  { isTerminal, signal }: CommandContext,
  run: (options: JobOptions) => Promise<T>,
): Promise<T> {
  const options = { warmup, threads: jobs ?? availableParallelism(), signal };
  if (!isTerminal) return run(options);
  const bar = new SingleBar(
    {
      format: 'replays {bar} {percentage}% | {value}/{total} | {eta_formatted} left',
      stream: process.stderr,
      clearOnComplete: true,
    },
    Presets.shades_classic,
  );
  bar.start(1, 0);
  try {
    return await run({
      ...options,
      progress: (done, of) => {
        bar.setTotal(of);
        bar.update(done);
      },
    });
  } finally {
    bar.stop();
  }
}
