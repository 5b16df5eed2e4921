import type { Clock } from '../core/ports/clock.js';
import type { PageLink } from '../core/ports/pageLink.js';
import { type TierName, tierNames } from '../core/tierName.js';
import type { TransferEngine } from '../transfer/transferEngine.js';
import type { DeviceTier } from './deviceTier.js';
import type { DiskRecovery } from './diskRecovery.js';
import type { DiskTier } from './diskTier.js';
import type { PageHandle } from './pageHandle.js';
import type { PageLog } from './pageLog.js';
import type { PageRequests } from './pageRequest.js';
import type { PageTable } from './pageTable.js';
import type { PinnedTier } from './pinnedTier.js';
import type { PrefetchedPages } from './prefetchedPages.js';
import type { ShadowUses } from './shadowUses.js';
import type { HostBounds, StackHooks, VerifyMode } from './stackOptions.js';
import type { StackPolicies } from './stackPolicies.js';
import type { TierCounters } from './tierCounters.js';
import type { TurnPacer } from './turnPacer.js';
import type { UseListener } from './useListener.js';

/** What the parts of one stack share. */
export interface StackParts {
  readonly table: PageTable;
  readonly requests: PageRequests;
  readonly policies: StackPolicies;
  readonly shadows: ShadowUses | null;
  readonly listeners: readonly UseListener[];
  readonly device: DeviceTier;
  readonly pinned: PinnedTier;
  readonly disk: DiskTier | null;
  /** Null where there is no disk. */
  readonly recovery: DiskRecovery | null;
  readonly engine: TransferEngine;
  readonly link: PageLink;
  readonly counters: TierCounters;
  readonly prefetched: PrefetchedPages;
  readonly log: PageLog;
  readonly clock: Clock;
  readonly hooks: StackHooks;
  readonly verify: VerifyMode;
  readonly pageBytes: number;
  readonly bounds: HostBounds;
  /** Of what is stored: writes to disk that ended, and copies to pinned memory that somebody waited for. */
  readonly pacer: TurnPacer;
}

/** One transfer for each page and destination. */
export function transferKey(handle: PageHandle, to: TierName): number {
  return tierNames.length * handle + tierNames.indexOf(to);
}
