import type { ByTier } from '../core/tierName.js';

/** What is counted of one tier since the start; tierStats.ts says what each figure means. */
export interface TierCounts {
  hits: number;
  misses: number;
  corrupt: number;
  failed: number;
  evicted: number;
  loadedPages: number;
  loadedBytes: number;
  storedPages: number;
  storedBytes: number;
}

export type TierCounters = ByTier<TierCounts>;

export function newTierCounters(): TierCounters {
  return { device: newCounts(), pinned: newCounts(), disk: newCounts() };
}

function newCounts(): TierCounts {
  return {
    hits: 0,
    misses: 0,
    corrupt: 0,
    failed: 0,
    evicted: 0,
    loadedPages: 0,
    loadedBytes: 0,
    storedPages: 0,
    storedBytes: 0,
  };
}
