import { Presets, SingleBar } from 'cli-progress';
import type { CommandContext } from './commandContext.js';

export interface SweepProgress {
  readonly done: (replays: number, of: number) => void;
  /** Takes the bar away. */
  readonly stop: () => void;
}

/** A bar of the replays that are done; nothing where stderr is no terminal. */
export function sweepProgress({ isTerminal }: CommandContext): SweepProgress {
  if (!isTerminal) return { done: () => {}, stop: () => {} };
  const bar = new SingleBar(
    {
      format: 'replays {bar} {percentage}% | {value}/{total} | {eta_formatted} left',
      stream: process.stderr,
      clearOnComplete: true,
    },
    Presets.shades_classic,
  );
  bar.start(1, 0);
  return {
    done: (replays, of) => {
      bar.setTotal(of);
      bar.update(replays);
    },
    stop: () => bar.stop(),
  };
}
