import type { PageLink } from '../core/ports/pageLink.js';
import type { ShadowFigures } from '../core/shadowFigures.js';
import type { Shadows } from '../rpc/gen/kvtide/v1/Shadows.js';
import type { StatsResponse } from '../rpc/gen/kvtide/v1/StatsResponse.js';
import { ownProtocol } from '../rpc/protocolCheck.js';
import type { Assignment } from './coordinatorLink.js';
import type { SequenceHost } from './sequenceHost.js';
import type { ServedPages } from './servedPages.js';

interface StatsSources {
  readonly assignment: Assignment;
  readonly pages: ServedPages;
  /** Null in a page store, which takes no steps. */
  readonly host: SequenceHost | null;
  readonly pid: number;
  readonly link: PageLink;
}

/** What a worker says of itself when asked. */
export function statsOf({ assignment, pages, host, pid, link }: StatsSources): StatsResponse {
  const { worker, range } = assignment;
  const { steps = 0, computeMs = 0, stallMs = 0, loadMs = 0 } = host?.totals ?? {};
  return {
    protocol: ownProtocol(),
    worker,
    layers: { ...range },
    pid,
    tiers: pages.stack.stats().map((tier) => ({ ...tier })),
    openSequences: host?.openSequences ?? 0,
    steps,
    computeMs,
    stallMs,
    loadMs,
    lanes: pages.lanes?.traffic.lanes() ?? [],
    link: link.figures,
    keptPages: host?.shards.keptPages ?? 0,
    attends: host?.shards.attends ?? 0,
    prefetched: { ...pages.stack.prefetched.figures },
    shadows: shadowsOf(pages.stack.shadowFigures()),
    policies: pages.stack.policies().map((policy) => ({ ...policy })),
  };
}

/** As a message: what is sent may be changed, these figures not. */
function shadowsOf(figures: ShadowFigures | null): Shadows | null {
  if (figures === null) return null;
  const { policies, missRatios } = figures;
  return { ...figures, policies: [...policies], missRatios: [...missRatios] };
}
