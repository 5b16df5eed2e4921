import type { SimResults, SimRun } from '../../src/lab/simResults.js';

/** What a user could call a file, to break out of a page. */
export const evilPolicy = `./</script><img src=x onerror="document.title='broken'">'&amp;.ts`;

const capacities = [100, 1000, 10_000];
const rates: Readonly<Record<string, readonly number[]>> = {
  lru: [0.05, 0.21, 0.33],
  sieve: [0.07, 0.2, 0.34],
  [evilPolicy]: [0.04, 0.22, 0.31],
  min: [0.19, 0.36, 0.37],
  optimum: [0.2, 0.37, 0.37],
};

/** Three policies at three capacities, and what they are measured by. */
export function sampleResults(): SimResults {
  const runs = Object.entries(rates).flatMap(([policy, of]) =>
    of.map((rate, at): SimRun => {
      const optimum = rates.optimum?.[at] ?? 1;
      const hits = Math.round(rate * 5000);
      return {
        policy,
        capacity: capacities[at]!,
        hits: hits + 10,
        prefixHits: hits,
        hitRate: rate + 0.002,
        prefixHitRate: rate,
        regret: 1 - rate / optimum,
      };
    }),
  );
  return { trace: { requests: 1200, accesses: 5000, uniqueBlocks: 3000 }, runs };
}

/** The same, replayed in tiers. */
export function sampleOfTiers(): SimResults {
  const { trace, runs } = sampleResults();
  return {
    trace,
    runs: runs.map((run) => {
      const missed = 1 - (run.prefixHitRate ?? 0);
      const [pinned, disk] = [4e9 * missed, 9e9 * missed];
      const tiers = [
        { tier: 'device', readBytes: 0, writtenBytes: 0 },
        { tier: 'pinned', readBytes: pinned, writtenBytes: 2 * pinned },
        { tier: 'disk', readBytes: disk, writtenBytes: disk / 2 },
      ];
      const spans = [0.2, 0.5, 0.3];
      const traffic = {
        spanMs: 60_000,
        bytes: {
          pinned: spans.map((part) => part * pinned),
          disk: spans.map((part) => part * disk),
        },
      };
      const timeToFirstTokenMs = { p50: 120 * missed, p90: 900 * missed, p99: 2500 * missed };
      return { ...run, timeToFirstTokenMs, stallMs: 60_000 * missed, tiers, traffic };
    }),
  };
}
