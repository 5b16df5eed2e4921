import type { TierName } from './tierName.js';

/** The figures of one tier: the first four as of now, the others counted since the start. */
export interface TierStats {
  readonly tier: TierName;
  readonly budgetBytes: number;
  readonly usedBytes: number;
  readonly pages: number;
  readonly hits: number;
  readonly misses: number;
  readonly corrupt: number;
  readonly failed: number;
  readonly evicted: number;
  /** Pages read out of this tier into the device. */
  readonly loadedPages: number;
  readonly loadedBytes: number;
  readonly storedPages: number;
  readonly storedBytes: number;
}
