import type { BenchRatio, BenchResult, BenchRow } from './bench.js';

/** A ratio as it is wanted: a figure of `over`, of which more is better, against the best of `under`. */
export interface WantedRatio {
  readonly name: string;
  readonly figure: string;
  readonly over: BenchRow | undefined;
  readonly under: readonly BenchRow[];
}

/** Takes the ratios that can be taken and says why the others cannot. */
export function takeRatios(wanted: readonly WantedRatio[]): Pick<BenchResult, 'ratios' | 'missing'> {
  const ratios: BenchRatio[] = [];
  const missing: { name: string; reason: string }[] = [];
  for (const { name, figure, over, under } of wanted) {
    const of = ({ figures }: BenchRow): number => Number(figures[figure]);
    const [best] = under.toSorted((a, b) => of(b) - of(a));
    if (over === undefined) missing.push({ name, reason: 'kvtide could not run' });
    else if (best === undefined) missing.push({ name, reason: 'its baseline could not run' });
    else ratios.push({ name, value: of(over) / of(best), n: Math.min(over.n, best.n), baseline: best.name });
  }
  return { ratios, missing };
}
