import type { GateFigures } from '../core/gateLine.js';
import type { Metrics } from './metrics.js';

/** What the gates of a server let in and refuse, by class of call. */
export function addGateMetrics(metrics: Metrics, read: () => ReadonlyMap<string, GateFigures>): void {
  const labels = ['class'] as const;
  metrics.gauge('kvtide_calls_running', 'Gated calls and pages that are worked on', labels, (gauge) => {
    for (const [name, { running }] of read()) gauge.set({ class: name }, running);
  });
  metrics.gauge('kvtide_calls_waiting', 'Gated calls and pages that wait for their turn', labels, (gauge) => {
    for (const [name, { waiting }] of read()) gauge.set({ class: name }, waiting);
  });
  metrics.readCounter(
    'kvtide_calls_refused_total',
    'Gated calls and pages that were told to come again later',
    labels,
    (counter) => {
      for (const [name, { refused }] of read()) counter.inc({ class: name }, refused);
    },
  );
}
