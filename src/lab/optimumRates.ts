import type { SimRun } from './simResults.js';

/**
 * The prefix hit rate of the strict-prefix optimum by capacity: of its own runs, else as the regret of the
 * others tells it. A capacity is missing where neither is known.
 */
export function optimumRates(runs: readonly SimRun[]): ReadonlyMap<number, number> {
  const rates = new Map<number, number>();
  for (const { policy, capacity, prefixHitRate, regret } of runs) {
    if (typeof capacity !== 'number' || typeof prefixHitRate !== 'number') continue;
    if (policy === 'optimum') rates.set(capacity, prefixHitRate);
    else if (typeof regret === 'number' && regret < 1 && !rates.has(capacity)) {
      rates.set(capacity, prefixHitRate / (1 - regret));
    }
  }
  return rates;
}
