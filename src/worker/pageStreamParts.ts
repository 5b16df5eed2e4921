import type { Clock } from '../core/ports/clock.js';
import type { PageHost } from '../transfer/pageHost.js';
import type { PageNaming } from './pageNaming.js';
import type { WorkerLimits } from './workerLimits.js';

/** What the calls that move pages share. */
export interface PageStreamParts {
  readonly host: PageHost;
  readonly naming: PageNaming;
  readonly clock: Clock;
  readonly limits: Pick<WorkerLimits, 'pagesInWorkMax' | 'pageStallMs'>;
}
