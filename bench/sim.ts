import { KvError } from '../src/core/errors.js';
import { retentionPolicyNames } from '../src/policy/retentionPolicies.js';
import { SeededRandom } from '../src/sim/seededRandom.js';
import { ZipfSampler } from '../src/sim/zipfSampler.js';
import { goldenFailures } from './sim/goldenRates.js';
import { replayRate } from './sim/replayRate.js';
import { shadowShare } from './sim/shadowShare.js';
import { sweepRate } from './sim/sweepRate.js';
import { zipfTrace } from './sim/zipfTrace.js';
import type { Bench, BenchRatio, BenchRow } from './support/bench.js';
import { takeTurns } from './support/contender.js';

/** Accesses of the LRU replay, of that of each other policy, and of each replay of the sweep. */
const full = { lruAccesses: 50_000_000, accesses: 10_000_000, sweepAccesses: 3_000_000, rounds: 3 };
const short = { lruAccesses: 5_000_000, accesses: 2_000_000, sweepAccesses: 3_000_000, rounds: 1 };
const keys = 1_000_000;
const skew = 0.9;
const capacity = 100_000;

/**
 * Replays of single blocks drawn by Zipf's law under every policy on one thread, the typed arrays that a cached
 * entry takes, a sweep in two threads beside one, and what shadows take of the steps of a worker. With --trace the
 * known hit rates of the Mooncake conversation trace are checked too.
 */
export const sim: Bench = async (context) => {
  const sizes = context.short ? short : full;
  const failures = context.trace === undefined ? [] : await goldenFailures(context.trace, context);
  context.tell(`drawing ${sizes.lruAccesses} accesses`);
  const trace = zipfTrace(sizes.lruAccesses, new ZipfSampler(keys, skew), new SeededRandom(1));
  const contenders = retentionPolicyNames.map((name) => ({
    name,
    round: () => {
      const accesses = name === 'lru' ? sizes.lruAccesses : sizes.accesses;
      return replayRate(trace, name, { capacity, accesses }, context);
    },
  }));
  const replays = await takeTurns(contenders, sizes.rounds, context);
  const sweeps = await sweepRate(
    { accesses: sizes.sweepAccesses, rounds: sizes.rounds, keys, skew, capacity },
    context,
  );
  const shadows = await shadowShare(sizes.rounds, context);
  const rows = [...replays, ...sweeps.rows, ...shadows.rows];
  const ratios = [...replayRatios(replays), sweeps.ratio, shadows.ratio];
  return { rows, ratios, missing: [], failures };
};

function replayRatios(rows: readonly BenchRow[]): BenchRatio[] {
  const of = ({ figures }: BenchRow, figure: string): number => Number(figures[figure]);
  const lru = rows.find(({ name }) => name === 'lru');
  const [slowest] = rows.toSorted((a, b) => of(a, 'millionPerSecond') - of(b, 'millionPerSecond'));
  const [largest] = rows.toSorted((a, b) => of(b, 'bytesPerEntry') - of(a, 'bytesPerEntry'));
  if (lru === undefined || slowest === undefined || largest === undefined) {
    throw new KvError('internal', 'no policy was replayed');
  }
  return [
    { name: 'lru_million_per_s', value: of(lru, 'millionPerSecond'), n: lru.n, baseline: 'one thread' },
    {
      name: 'slowest_million_per_s',
      value: of(slowest, 'millionPerSecond'),
      n: slowest.n,
      baseline: slowest.name,
    },
    { name: 'bytes_per_entry', value: of(largest, 'bytesPerEntry'), n: largest.n, baseline: largest.name },
  ];
}
