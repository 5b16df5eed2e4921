import type { Counter } from 'prom-client';
import type { Metrics } from './metrics.js';

/** Where a coordinator's figures are read at every scrape. */
export interface CoordinatorFigures {
  readonly epoch: number;
  readonly sequences: number;
  readonly pinnedBlocks: number;
  readonly indexedBlocks: number;
  readonly workers: readonly { readonly state: string }[];
  /** Calls that wait for room. */
  readonly waiting: number;
  /** `budgetBytes` may be `Infinity`. */
  readonly stages: readonly {
    readonly stage: number;
    readonly admittedBytes: number;
    readonly budgetBytes: number;
  }[];
}

export type LossCause = 'lease' | 'stream' | 'replaced' | 'left';

/** The metrics of a coordinator. */
export class CoordinatorMetrics {
  private readonly lookups: Counter<'outcome'>;
  private readonly lookedUpBlocks: Counter<'outcome'>;
  private readonly losses: Counter<'cause'>;
  private readonly refusals: Counter<'cause'>;
  private readonly withoutLead: Counter<'by'>;
  private isLeading = true;
  /** Null before a coordinator serves for the first time; of several, one that leads again has new ones. */
  private read: (() => CoordinatorFigures) | null = null;

  constructor(private readonly metrics: Metrics) {
    this.lookups = metrics.counter('kvtide_lookups_total', 'Prefixes looked up.', ['outcome']);
    const blocks = 'Blocks of the prefixes looked up, by whether the cluster holds them.';
    this.lookedUpBlocks = metrics.counter('kvtide_lookup_blocks_total', blocks, ['outcome']);
    this.losses = metrics.counter('kvtide_worker_losses_total', 'Workers that went, by cause.', ['cause']);
    const refusals = 'Sequences that were not admitted, by cause.';
    this.refusals = metrics.counter('kvtide_admission_refusals_total', refusals, ['cause']);
    const late =
      'Calls (by lease) and writes (by fence) that were refused because this coordinator no longer leads.';
    this.withoutLead = metrics.counter('kvtide_leader_refusals_total', late, ['by']);
  }

  /** @param by `lease`: its own clock said so; `fence`: etcd did. */
  refusedWithoutLead(by: 'lease' | 'fence'): void {
    this.withoutLead.inc({ by });
  }

  /** Of several coordinators one leads; one alone always does. */
  leading(isLeading: boolean): void {
    this.isLeading = isLeading;
  }

  /** A chain of `blocks` blocks was looked up, of which the first `cached` can be used. */
  lookedUp(blocks: number, cached: number): void {
    this.lookups.inc({ outcome: cached > 0 ? 'hit' : 'miss' });
    this.lookedUpBlocks.inc({ outcome: 'hit' }, cached);
    this.lookedUpBlocks.inc({ outcome: 'miss' }, blocks - cached);
  }

  workerLost(cause: LossCause): void {
    this.losses.inc({ cause });
  }

  /** @param cause one of a few: never, noWait, queue, wait, growth. */
  refused(cause: string): void {
    this.refusals.inc({ cause });
  }

  /** Adds the figures that are read from the coordinator, or reads them from another one from now on. */
  serving(figures: () => CoordinatorFigures): void {
    const isFirst = this.read === null;
    this.read = figures;
    if (isFirst) this.addGauges(() => this.read?.() ?? figures());
  }

  private addGauges(read: () => CoordinatorFigures): void {
    const { metrics } = this;
    metrics.gauge('kvtide_leading', 'Whether this coordinator leads.', [], (gauge) => {
      gauge.set(this.isLeading ? 1 : 0);
    });
    metrics.gauge('kvtide_workers', 'Workers by state.', ['state'], (gauge) => {
      for (const { state } of read().workers) gauge.inc({ state });
    });
    metrics.gauge('kvtide_epoch', 'Changes of membership so far.', [], (gauge) => gauge.set(read().epoch));
    metrics.gauge('kvtide_sequences', 'Sequences that were not released.', [], (gauge) => {
      gauge.set(read().sequences);
    });
    metrics.gauge('kvtide_pinned_blocks', 'Blocks that are pinned.', [], (gauge) => {
      gauge.set(read().pinnedBlocks);
    });
    metrics.gauge('kvtide_indexed_blocks', 'Blocks of which some worker holds a page.', [], (gauge) => {
      gauge.set(read().indexedBlocks);
    });
    metrics.gauge('kvtide_admission_waiting', 'Sequences that wait for room.', [], (gauge) => {
      gauge.set(read().waiting);
    });
    const admitted = 'Live KV of the sequences that a stage has admitted, up to what they may grow to.';
    metrics.gauge('kvtide_admitted_bytes', admitted, ['stage'], (gauge) => {
      for (const { stage, admittedBytes } of read().stages) gauge.set({ stage }, admittedBytes);
    });
    const budget = 'Live KV that the workers of a stage hold together; +Inf where one does not say.';
    metrics.gauge('kvtide_admission_budget_bytes', budget, ['stage'], (gauge) => {
      for (const { stage, budgetBytes } of read().stages) gauge.set({ stage }, budgetBytes);
    });
  }
}
