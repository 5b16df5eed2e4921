import type { Counter } from 'prom-client';
import type { Clock } from '../core/ports/clock.js';
import type { TenantObserver, TenantRefusal } from '../core/tenantGate.js';
import type { Logger } from './logger.js';
import type { Metrics } from './metrics.js';

/** A tenant that is refused again and again is told of so often, with how often it was. */
const lineEveryMs = 10_000;

/** Counts what tenants were refused, and logs it. There are as many series as tenants, whoever asks. */
export class TenantRefusals implements TenantObserver {
  private readonly counter: Counter<'tenant' | 'why'>;
  private readonly told = new Map<string, { atMs: number; since: number }>();

  constructor(
    metrics: Metrics,
    private readonly logger: Pick<Logger, 'warn'>,
    private readonly clock: Pick<Clock, 'monotonicMs'>,
  ) {
    this.counter = metrics.counter('kvtide_tenant_refused_total', 'What tenants were refused, by why.', [
      'tenant',
      'why',
    ]);
  }

  refused(tenant: string, why: TenantRefusal): void {
    this.counter.inc({ tenant, why });
    const series = `${why} ${tenant}`;
    const nowMs = this.clock.monotonicMs();
    const told = this.told.get(series);
    if (told !== undefined && nowMs - told.atMs < lineEveryMs) {
      told.since += 1;
      return;
    }
    this.logger.warn('a tenant was refused', { tenant, why, times: 1 + (told?.since ?? 0) });
    this.told.set(series, { atMs: nowMs, since: 0 });
  }
}
