import type { PrefetchFigures } from '../core/prefetchFigures.js';
import { regretOf, type ShadowFigures } from '../core/shadowFigures.js';
import type { Metrics } from './metrics.js';

/** What is read of policies at every scrape. */
export interface PolicyFigures {
  policies(): readonly {
    readonly tier: string;
    readonly kind: string;
    readonly name: string;
    readonly failures: number;
  }[];
  readonly prefetched: { readonly figures: PrefetchFigures };
  shadowFigures(): ShadowFigures | null;
}

export function addPolicyMetrics(metrics: Metrics, read: PolicyFigures): void {
  metrics.gauge('kvtide_policy', '1 for the policy that a tier has.', ['tier', 'kind', 'policy'], (gauge) => {
    for (const { tier, kind, name } of read.policies()) gauge.set({ tier, kind, policy: name }, 1);
  });
  const failures = 'Policies that failed; another one went on.';
  metrics.readCounter('kvtide_policy_failures_total', failures, ['tier'], (counter) => {
    for (const { tier, failures: count } of read.policies()) counter.inc({ tier }, count);
  });
  const prefetched = 'Bytes of pages brought up before anybody asked; then asked for, or gone before that.';
  metrics.readCounter('kvtide_prefetched_bytes_total', prefetched, ['outcome'], (counter) => {
    const { broughtBytes, usedBytes, unusedBytes } = read.prefetched.figures;
    counter.inc({ outcome: 'brought' }, broughtBytes);
    counter.inc({ outcome: 'used' }, usedBytes);
    counter.inc({ outcome: 'unused' }, unusedBytes);
  });
  const figures = read.shadowFigures();
  if (figures !== null) addShadowMetrics(metrics, () => read.shadowFigures() ?? figures);
}

function addShadowMetrics(metrics: Metrics, read: () => ShadowFigures): void {
  metrics.readCounter('kvtide_shadow_seconds_total', 'Time in shadow policies.', [], (counter) => {
    counter.inc(read().seconds);
  });
  metrics.readCounter('kvtide_shadow_uses_total', 'Sampled uses of blocks.', [], (counter) => {
    counter.inc(read().uses);
  });
  const hits = 'Sampled uses that a policy had in its cache; live is the one in use.';
  metrics.readCounter('kvtide_shadow_hits_total', hits, ['policy'], (counter) => {
    const { liveHits, policies } = read();
    counter.inc({ policy: 'live' }, liveHits);
    for (const { name, hits: count } of policies) counter.inc({ policy: name }, count);
  });
  const curve = 'Share of sampled uses that an LRU cache of so many blocks would miss.';
  metrics.gauge('kvtide_miss_ratio', curve, ['blocks'], (gauge) => {
    for (const { capacityBlocks, missRatio } of read().missRatios)
      gauge.set({ blocks: String(capacityBlocks) }, missRatio);
  });
  const regret = 'What the live cache lacks of the hits of the optimum over the last window.';
  metrics.gauge('kvtide_retention_regret_ratio', regret, [], (gauge) => {
    gauge.set(regretOf(read().window));
  });
}
