import type { Counter, Histogram } from 'prom-client';
import { type StallMs, stallCauses } from '../core/stallCause.js';
import type { TierName } from '../core/tierName.js';
import type { TierStats } from '../core/tierStats.js';
import { addLaneMetrics, type LaneFigures } from './laneMetrics.js';
import { loadSecondsBuckets, type Metrics, stepSecondsBuckets } from './metrics.js';
import { addPolicyMetrics, type PolicyFigures } from './policyMetrics.js';

/** The figures of a tier that are read at a scrape; what moves is counted as it moves. */
export type TierFigures = Omit<TierStats, 'loadedPages' | 'loadedBytes' | 'storedPages' | 'storedBytes'>;

/** Where a worker's figures are read at every scrape. */
export interface WorkerFigures {
  tiers(): readonly TierFigures[];
  openSequences(): number;
  /** Null in a worker without lanes. */
  readonly lanes: LaneFigures | null;
  readonly policies: PolicyFigures;
  /** Missing, or null, where tenants are not told apart. */
  readonly tenantBytes?: { all(): Iterable<readonly [tenant: string, bytes: number]> } | null;
}

/** What one step took. */
export interface StepFigures {
  readonly elapsedMs: number;
  /** Time in which it could not go on, by what it waited for. */
  readonly stalls: StallMs;
  /** Sealed pages of full layers that it attended to, and those that the attention mode left out. */
  readonly attended: { readonly bytes: number };
  readonly skipped: { readonly bytes: number };
}

/** The metrics of one worker. */
export class WorkerMetrics {
  private readonly steps: Histogram<'phase'>;
  private readonly stalls: Counter<'cause'>;
  private readonly attention: Counter<'outcome'>;
  private readonly loads: Histogram<'tier'>;
  private readonly loadedBytes: Counter<'tier'>;
  private readonly storedPages: Counter<'tier'>;
  private readonly storedBytes: Counter<'tier'>;

  constructor(private readonly metrics: Metrics) {
    const { counter, histogram } = bound(metrics);
    this.steps = histogram(
      'kvtide_step_seconds',
      'Time of one step, its stalls included.',
      ['phase'],
      stepSecondsBuckets,
    );
    this.stalls = counter(
      'kvtide_stall_seconds_total',
      'Time in which steps could not go on, by what they waited for.',
      ['cause'],
    );
    this.attention = counter(
      'kvtide_attention_bytes_total',
      'Bytes of sealed pages of full layers that steps attended to, or that an attention mode left out.',
      ['outcome'],
    );
    const loads = 'Time of one load of a page into the device.';
    this.loads = histogram('kvtide_load_seconds', loads, ['tier'], loadSecondsBuckets);
    this.loadedBytes = counter('kvtide_loaded_bytes_total', 'Bytes loaded into the device.', ['tier']);
    this.storedPages = counter('kvtide_stored_pages_total', 'Pages copied to a lower tier.', ['tier']);
    this.storedBytes = counter('kvtide_stored_bytes_total', 'Bytes copied to a lower tier.', ['tier']);
  }

  stepped(phase: 'decode' | 'prefill', { elapsedMs, stalls, attended, skipped }: StepFigures): void {
    this.steps.observe({ phase }, elapsedMs / 1e3);
    this.attention.inc({ outcome: 'attended' }, attended.bytes);
    this.attention.inc({ outcome: 'skipped' }, skipped.bytes);
    for (const cause of stallCauses) if (stalls[cause] > 0) this.stalls.inc({ cause }, stalls[cause] / 1e3);
  }

  loaded(tier: TierName, bytes: number, ms: number): void {
    this.loads.observe({ tier }, ms / 1e3);
    this.loadedBytes.inc({ tier }, bytes);
  }

  stored(tier: TierName, bytes: number): void {
    this.storedPages.inc({ tier });
    this.storedBytes.inc({ tier }, bytes);
  }

  /** Adds the figures that are read from the worker; once, when it serves. */
  serving(worker: WorkerFigures): void {
    this.addGauges(worker);
    addPolicyMetrics(this.metrics, worker.policies);
    if (worker.lanes !== null) addLaneMetrics(this.metrics, worker.lanes);
    const { metrics } = this;
    const { tenantBytes } = worker;
    if (tenantBytes != null) {
      metrics.gauge('kvtide_tenant_bytes', 'Bytes of pages, by whose they are.', ['tenant'], (gauge) => {
        for (const [tenant, bytes] of tenantBytes.all()) gauge.set({ tenant }, bytes);
      });
    }
    metrics.readCounter('kvtide_page_hits_total', 'Pages found where asked for.', ['tier'], (counter) => {
      for (const { tier, hits } of worker.tiers()) counter.inc({ tier }, hits);
    });
    const misses = 'Pages not found, by cause.';
    metrics.readCounter('kvtide_page_misses_total', misses, ['tier', 'cause'], (counter) => {
      for (const { tier, misses: absent, corrupt, failed } of worker.tiers()) {
        counter.inc({ tier, cause: 'absent' }, absent);
        counter.inc({ tier, cause: 'corrupt' }, corrupt);
        counter.inc({ tier, cause: 'failed' }, failed);
      }
    });
    metrics.readCounter('kvtide_page_evictions_total', 'Pages evicted.', ['tier'], (counter) => {
      for (const { tier, evicted } of worker.tiers()) counter.inc({ tier }, evicted);
    });
  }

  private addGauges(worker: WorkerFigures): void {
    const { metrics } = this;
    metrics.gauge('kvtide_tier_pages', 'Pages held.', ['tier'], (gauge) => {
      for (const { tier, pages } of worker.tiers()) gauge.set({ tier }, pages);
    });
    metrics.gauge('kvtide_tier_used_bytes', 'Bytes held.', ['tier'], (gauge) => {
      for (const { tier, usedBytes } of worker.tiers()) gauge.set({ tier }, usedBytes);
    });
    metrics.gauge('kvtide_tier_budget_bytes', 'Bytes that may be held.', ['tier'], (gauge) => {
      for (const { tier, budgetBytes } of worker.tiers()) gauge.set({ tier }, budgetBytes);
    });
    metrics.gauge('kvtide_open_sequences', 'Sequences with an open decode stream.', [], (gauge) => {
      gauge.set(worker.openSequences());
    });
  }
}

function bound(metrics: Metrics): Pick<Metrics, 'counter' | 'histogram'> {
  return { counter: metrics.counter.bind(metrics), histogram: metrics.histogram.bind(metrics) };
}
