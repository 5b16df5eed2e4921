import type { BenchRatio, BenchResult, BenchRow } from './bench.js';

/** A ratio as it is wanted: tokens per second of `over` against the fastest of `under`. */
export interface WantedRatio {
  readonly name: string;
  readonly over: BenchRow | undefined;
  readonly under: readonly BenchRow[];
}

/** Takes the ratios that can be taken and says why the others cannot. */
export function takeRatios(wanted: readonly WantedRatio[]): Pick<BenchResult, 'ratios' | 'missing'> {
  const ratios: BenchRatio[] = [];
  const missing: { name: string; reason: string }[] = [];
  for (const { name, over, under } of wanted) {
    const [fastest] = under.toSorted((a, b) => b.tokensPerSecond - a.tokensPerSecond);
    if (over === undefined) missing.push({ name, reason: 'kvtide could not run' });
    else if (fastest === undefined) missing.push({ name, reason: 'its baseline could not run' });
    else {
      const value = over.tokensPerSecond / fastest.tokensPerSecond;
      const baseline = `${fastest.name}, context ${fastest.context}`;
      ratios.push({ name, value, n: Math.min(over.n, fastest.n), baseline });
    }
  }
  return { ratios, missing };
}
