import { formatByteSize } from '../core/byteSize.js';
import { escapeHtml } from './escapeHtml.js';
import { isReference, policyLabel } from './policyLabel.js';
import { countText, shareText, timeText } from './reportFormat.js';
import type { SimRun } from './simResults.js';

interface Column {
  readonly title: string;
  readonly value: (run: SimRun) => number | null | undefined;
  readonly text: (value: number) => string;
}

const columns: readonly Column[] = [
  { title: 'capacity (blocks)', value: ({ capacity }) => capacity, text: countText },
  { title: 'prefix hit rate', value: ({ prefixHitRate }) => prefixHitRate, text: shareText },
  // Against the optimum of a bounded cache, the regret of one without a bound says nothing.
  {
    title: 'regret',
    value: ({ policy, regret }) => (policy === 'infinite' ? null : regret),
    text: shareText,
  },
  { title: 'block hit rate', value: ({ hitRate }) => hitRate, text: shareText },
  { title: 'prefix hits', value: ({ prefixHits }) => prefixHits, text: countText },
  { title: 'block hits', value: ({ hits }) => hits, text: countText },
  { title: 'TTFT median', value: ({ timeToFirstTokenMs: time }) => time?.p50, text: timeText },
  { title: 'TTFT p90', value: ({ timeToFirstTokenMs: time }) => time?.p90, text: timeText },
  { title: 'TTFT p99', value: ({ timeToFirstTokenMs: time }) => time?.p99, text: timeText },
  { title: 'stall time', value: ({ stallMs }) => stallMs, text: timeText },
  { title: 'bytes read', value: ({ tiers }) => sumOf(tiers, 'readBytes'), text: formatByteSize },
  { title: 'bytes written', value: ({ tiers }) => sumOf(tiers, 'writtenBytes'), text: formatByteSize },
];

/** Every run as a row of a table that the script of the page sorts; columns without a value are left out. */
export function reportTable(runs: readonly SimRun[]): string {
  const shown = columns.filter(({ value }) => runs.some((run) => typeof value(run) === 'number'));
  const heads = ['policy', ...shown.map(({ title }) => title)].map((title, at) => head(title, at > 0));
  const best = bestRuns(runs);
  const rows = [...runs].sort(byCapacity).map((run) => row(run, shown, best.has(run)));
  return `<table class="runs" id="runs"><thead><tr>${heads.join('')}</tr></thead><tbody>
${rows.join('\n')}
</tbody></table>`;
}

/** Of each capacity the policies with the highest prefix hit rate; lines to measure by do not count. */
export function bestRuns(runs: readonly SimRun[]): ReadonlySet<SimRun> {
  const most = new Map<number | null, number>();
  const policies = runs.filter(({ policy }) => !isReference(policy));
  for (const { capacity = null, prefixHitRate } of policies) {
    most.set(capacity, Math.max(most.get(capacity) ?? 0, prefixHitRate ?? 0));
  }
  return new Set(
    policies.filter(({ capacity = null, prefixHitRate }) => prefixHitRate === most.get(capacity)),
  );
}

/** By ascending capacity, and the best first. */
function byCapacity(left: SimRun, right: SimRun): number {
  const apart = (left.capacity ?? 0) - (right.capacity ?? 0);
  return apart === 0 ? (right.prefixHitRate ?? 0) - (left.prefixHitRate ?? 0) : apart;
}

function sumOf(tiers: SimRun['tiers'], way: 'readBytes' | 'writtenBytes'): number | null {
  return tiers ? tiers.reduce((sum, { [way]: bytes }) => sum + bytes, 0) : null;
}

function head(title: string, isNumber: boolean): string {
  const shape = isNumber ? ' class="number"' : '';
  return `<th scope="col" aria-sort="none"${shape}><button type="button">${title}</button></th>`;
}

function row(run: SimRun, shown: readonly Column[], isBest: boolean): string {
  const kind = isReference(run.policy) ? ' class="reference"' : isBest ? ' class="best"' : '';
  const cells = shown.map(({ value, text }) => {
    const given = value(run);
    if (typeof given !== 'number') return '<td class="number">–</td>';
    return `<td class="number" data-value="${given}">${text(given)}</td>`;
  });
  const policy = escapeHtml(run.policy);
  return `<tr${kind}><th scope="row" title="${policy}" data-value="${policy}">${escapeHtml(policyLabel(run.policy))}</th>${cells.join('')}</tr>`;
}
