import type { BenchContext, BenchResult } from '../support/bench.js';
import { measureStepLoad, type StepLoadSizes } from './stepLoadProbe.js';

const fullSizes: StepLoadSizes = { rounds: 5, loads: 400 };
const shortSizes: StepLoadSizes = { rounds: 2, loads: 200 };

/** A step's load while write-back saturates the disk, against one with nothing else going on. */
export async function stepLoad({ short, tell }: BenchContext): Promise<BenchResult> {
  const sizes = short ? shortSizes : fullSizes;
  const found = await measureStepLoad(sizes);
  tell(`step loads: p99 ${found.idleP99Ms.toFixed(1)} ms idle, ${found.busyP99Ms.toFixed(1)} ms busy`);
  const n = sizes.rounds;
  return {
    rows: [{ name: 'step load of one page', n, figures: { ...found } }],
    ratios: [
      {
        name: 'step_load_p99_vs_idle',
        value: found.busyP99Ms / found.idleP99Ms,
        n,
        baseline: 'idle',
      },
    ],
    missing: [],
  };
}
