import type { GateLine } from '../core/gateLine.js';
import type { Clock } from '../core/ports/clock.js';
import type { PageHost } from '../transfer/pageHost.js';
import type { PageNaming } from './pageNaming.js';
import type { WorkerLimits } from './workerLimits.js';

/** What the calls that move pages share. */
export interface PageStreamParts {
  readonly host: PageHost;
  readonly naming: PageNaming;
  readonly clock: Clock;
  /** Over all streams of pages: how many are worked on at once. Without it only each stream is bounded. */
  readonly gate?: GateLine;
  readonly limits: Pick<WorkerLimits, 'pagesInWorkMax' | 'pageStallMs'>;
}
