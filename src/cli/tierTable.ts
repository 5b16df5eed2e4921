import { formatByteSize } from '../core/byteSize.js';
import type { TierFigures } from '../sim/tierFigures.js';
import { plainTable } from './plainTable.js';

/** A replay in tiers, and under which policies. */
interface TierRun extends TierFigures {
  readonly policy: string;
  readonly admission: string;
  readonly placement: string;
}

const head = [
  'policy',
  'admission',
  'placement',
  'hit rate',
  'prefix',
  'token',
  'ttft p50',
  'p90',
  'p99',
  'stall',
  'compute',
  'read',
  'written',
];

/** What `kvtide sim --tiers` prints of its runs. */
export function tierTable(runs: readonly TierRun[]): string {
  const table = plainTable(head);
  for (const { policy, admission, placement, tiers, timeToFirstTokenMs, ...run } of runs) {
    const rates = [run.hitRate, run.prefixHitRate, run.tokenHitRate].map((rate) => rate.toFixed(4));
    const { p50, p90, p99 } = timeToFirstTokenMs;
    const times = [p50, p90, p99].map((ms) => `${ms.toFixed(1)} ms`);
    const sums = [run.stallMs, run.computeMs].map((ms) => `${(ms / 1000).toFixed(1)} s`);
    const bytes = (['readBytes', 'writtenBytes'] as const).map((way) =>
      tiers
        .slice(1)
        .map(({ tier, [way]: count }) => `${tier} ${formatByteSize(count)}`)
        .join('\n'),
    );
    table.push([policy, admission, placement, ...rates, ...times, ...sums, ...bytes]);
  }
  return table.toString();
}
