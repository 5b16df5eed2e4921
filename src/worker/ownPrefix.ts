import type { StageCosts } from '../transfer/prefixCosts.js';

/** What a worker has of a sequence's prefix. */
export interface OwnPrefix {
  /** The longest that it can go on from, in blocks. */
  readonly usable: number;
  /** Of every length up to there; null where all of it is to be used. */
  readonly costs: StageCosts | null;
}
