import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

/** Seconds, from a resident page to a slow disk. */
export const loadSecondsBuckets = [0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1];
export const stepSecondsBuckets = [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10];

/**
 * The metrics of one process. Names follow Prometheus: `kvtide_` first, the unit last, `_total` for what
 * only grows. Figures that somebody else counts are read when they are asked for (`read`).
 */
export class Metrics {
  private readonly registry = new Registry();

  /** Adds memory, event loop and garbage collection of the process. */
  addProcessMetrics(): void {
    collectDefaultMetrics({ register: this.registry });
  }

  counter<Label extends string>(name: string, help: string, labelNames: readonly Label[]): Counter<Label> {
    return new Counter({ name, help, labelNames: [...labelNames], registers: [this.registry] });
  }

  histogram<Label extends string>(
    name: string,
    help: string,
    labelNames: readonly Label[],
    buckets: readonly number[],
  ): Histogram<Label> {
    return new Histogram({
      name,
      help,
      labelNames: [...labelNames],
      buckets: [...buckets],
      registers: [this.registry],
    });
  }

  /** A value that goes up and down. `read` sets it just before every scrape. */
  gauge<Label extends string>(
    name: string,
    help: string,
    labelNames: readonly Label[],
    read: (gauge: Gauge<Label>) => void,
  ): void {
    new Gauge({
      name,
      help,
      labelNames: [...labelNames],
      registers: [this.registry],
      collect() {
        this.reset();
        read(this);
      },
    });
  }

  /** A total that somebody else counts. `read` adds it up anew before every scrape. */
  readCounter<Label extends string>(
    name: string,
    help: string,
    labelNames: readonly Label[],
    read: (counter: Counter<Label>) => void,
  ): void {
    new Counter({
      name,
      help,
      labelNames: [...labelNames],
      registers: [this.registry],
      collect() {
        this.reset();
        read(this);
      },
    });
  }

  get contentType(): string {
    return this.registry.contentType;
  }

  /** The metrics as text in the Prometheus exposition format. */
  text(): Promise<string> {
    return this.registry.metrics();
  }
}
