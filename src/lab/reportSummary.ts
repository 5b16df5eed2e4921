import { escapeHtml } from './escapeHtml.js';
import { optimumRates } from './optimumRates.js';
import { policyLabel } from './policyLabel.js';
import { countText, shareText } from './reportFormat.js';
import { bestRuns } from './reportTable.js';
import type { SimRun } from './simResults.js';

/** A card for each capacity: the best policy there, how near the optimum it is, and what LRU has. */
export function reportSummary(runs: readonly SimRun[]): string {
  const optima = optimumRates(runs);
  const best = new Map<number, SimRun[]>();
  for (const run of bestRuns(runs)) {
    if (typeof run.capacity !== 'number') continue;
    best.set(run.capacity, [...(best.get(run.capacity) ?? []), run]);
  }
  if (best.size === 0) return '';
  const cards = [...best].sort(([left], [right]) => left - right);
  const lruAt = (capacity: number) =>
    runs.find((run) => run.policy === 'lru' && run.capacity === capacity)?.prefixHitRate ?? null;
  return `<section class="cards" aria-label="The best policy at each capacity">
${cards.map(([capacity, at]) => card(capacity, at, { optimum: optima.get(capacity) ?? null, lru: lruAt(capacity) })).join('\n')}
</section>`;
}

interface Measures {
  readonly optimum: number | null;
  readonly lru: number | null;
}

function card(capacity: number, best: readonly SimRun[], { optimum, lru }: Measures): string {
  const names = best.map(({ policy }) => policyLabel(policy));
  const others = names.length > 1 ? ` <span class="others">and ${names.length - 1} more</span>` : '';
  const rate = best[0]?.prefixHitRate ?? 0;
  const notes = [`${shareText(rate)} prefix hits`];
  if (optimum) notes.push(`${shareText(rate / optimum, 1)} of the optimum`);
  if (lru) notes.push(`${(rate / lru).toFixed(2)} × LRU`);
  return `<div class="card"><p class="at">best at ${countText(capacity)} blocks</p><p class="name" title="${escapeHtml(names.join(', '))}">${escapeHtml(names[0] ?? '')}${others}</p>${notes.map((note) => `<p>${note}</p>`).join('')}</div>`;
}
