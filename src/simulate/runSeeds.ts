import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { KvError } from '../core/errors.js';
import type { SeedReport } from './runSeed.js';

/** What a process that runs seeds is asked, one at a time. */
export interface SeedJob {
  readonly seed: number;
  readonly eventsMin: number;
  readonly canary: string | null;
}

export interface SeedsOptions {
  readonly from: number;
  readonly seeds: number;
  readonly eventsMin: number;
  readonly canary: string | null;
  /** Processes at once. */
  readonly jobs: number;
  /** Hears of each seed as it ends, in any order. @returns whether to go on. */
  readonly heard: (report: SeedReport) => boolean;
}

/** Runs seeds in processes of their own. @throws KvError `internal` when one of them ends before its seed. */
export async function runSeeds(options: SeedsOptions): Promise<void> {
  const { from, seeds, eventsMin, canary, jobs, heard } = options;
  let next = from;
  let goesOn = true;
  const take = (): SeedJob | null => {
    if (!goesOn || next >= from + seeds) return null;
    next += 1;
    return { seed: next - 1, eventsMin, canary };
  };
  const run = async (): Promise<void> => {
    try {
      await runChild(take, (report) => {
        goesOn = heard(report) && goesOn;
      });
    } catch (thrown) {
      goesOn = false;
      throw thrown;
    }
  };
  await Promise.all(Array.from({ length: Math.min(jobs, seeds) }, run));
}

function runChild(take: () => SeedJob | null, heard: (report: SeedReport) => void): Promise<void> {
  const child = fork(fileURLToPath(new URL('./seedProcess.ts', import.meta.url)));
  return new Promise((resolve, reject) => {
    let current: SeedJob | null = null;
    const proceed = (): void => {
      current = take();
      if (current === null) child.disconnect();
      else child.send(current);
    };
    child.on('message', (report: SeedReport) => {
      heard(report);
      proceed();
    });
    child.on('error', reject);
    child.on('exit', (code) => {
      if (current === null) resolve();
      else reject(new KvError('internal', `the process of seed ${current.seed} ended with ${code}`));
    });
    proceed();
  });
}
