import { sweep } from '../../src/lab/sweep.js';
import { type SyntheticSpec, syntheticTrace } from '../../src/sim/synthetic/syntheticTrace.js';
import type { Trace } from '../../src/sim/trace.js';
import type { BenchContext, BenchRatio, BenchRow } from '../support/bench.js';
import { type Contender, takeTurns } from '../support/contender.js';

export interface SweepSizes {
  readonly accesses: number;
  readonly keys: number;
  readonly skew: number;
  readonly capacity: number;
  readonly rounds: number;
}

/** A sweep of two policies over four capacities, in one thread and in two. */
export async function sweepRate(
  { accesses, keys, skew, capacity, rounds }: SweepSizes,
  context: BenchContext,
): Promise<{ readonly rows: readonly BenchRow[]; readonly ratio: BenchRatio }> {
  const spec: SyntheticSpec = { kind: 'zipf', parameters: { requests: accesses, blocks: keys, skew } };
  const trace = syntheticTrace(spec, 1);
  const capacities = [0.25, 0.5, 1, 2].map((share) => share * capacity);
  const rows = await takeTurns(
    [1, 2].map((threads) => contender(trace, capacities, threads, context)),
    rounds,
    context,
  );
  const [one = 0, two = 1] = rows.map(({ figures }) => Number(figures.seconds));
  const ratio = { name: 'sweep_2_threads', value: one / two, n: rows[0]?.n ?? 0, baseline: 'one thread' };
  return { rows, ratio };
}

function contender(trace: Trace, capacities: number[], threads: number, context: BenchContext): Contender {
  return {
    name: `sweep, ${threads} threads`,
    round: async () => {
      const startMs = performance.now();
      const policies = ['lru', 'fifo'];
      await sweep(trace, { policies, capacities, warmup: 0, threads, signal: context.signal });
      return { seconds: (performance.now() - startMs) / 1000 };
    },
  };
}
