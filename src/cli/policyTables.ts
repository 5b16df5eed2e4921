import type { WorkerFigures } from '../client/clusterDescription.js';
import { regretOf, type ShadowFigures } from '../core/shadowFigures.js';
import { plainTable } from './plainTable.js';

interface WorkerLine {
  readonly worker: { readonly id: string };
  readonly figures: WorkerFigures | null;
}

/** Which policies the tiers have, and what those beside them would have hit. */
export function policyTables(lines: readonly WorkerLine[]): string[] {
  const tiers = plainTable(['worker', 'tier', 'policy', 'failed']);
  const hits = plainTable(['worker', 'retention', 'hits', 'of sampled uses', 'hit rate']);
  const curves = plainTable(['worker', 'an LRU of blocks', 'would miss']);
  const said: string[] = [];
  for (const { worker, figures } of lines) {
    for (const { tier, kind, name, failures } of figures?.policies ?? [])
      tiers.push([worker.id, tier, `${kind} ${name}`, failures]);
    const shadows = figures?.shadows ?? null;
    if (shadows === null) continue;
    for (const [name, count] of hitsOf(shadows))
      hits.push([worker.id, name, count, shadows.uses, share(count, shadows.uses)]);
    for (const { capacityBlocks, missRatio } of shadows.missRatios)
      curves.push([worker.id, capacityBlocks, `${(100 * missRatio).toFixed(1)} %`]);
    said.push(windowLine(worker.id, shadows));
  }
  if (hits.length === 0) return [tiers.toString()];
  return [tiers.toString(), hits.toString(), curves.toString(), ...said];
}

function hitsOf({ liveHits, policies }: ShadowFigures): [string, number][] {
  return [
    ['live', liveHits],
    ...policies.map(({ name, hits, failed }): [string, number] => [failed ? `${name}, failed` : name, hits]),
  ];
}

function windowLine(worker: string, { capacityBlocks, rate, seconds, window }: ShadowFigures): string {
  const { uses, liveHits, optimumHits } = window;
  const regret = optimumHits === 0 ? 'nothing to regret' : `regret ${regretOf(window).toFixed(3)}`;
  return (
    `${worker}: of the last ${uses} sampled uses the live cache had ${liveHits}, the optimum ${optimumHits}: ${regret}; ` +
    `${share(rate, 1)} of the blocks are looked at, ${capacityBlocks} fit, ${seconds.toFixed(3)} s spent`
  );
}

const share = (part: number, all: number): string =>
  all === 0 ? '-' : `${((100 * part) / all).toFixed(1)} %`;
