/** What a cache was asked and had. */
export interface ReplayCounts {
  readonly accesses: number;
  /** Blocks that were there when their turn came. */
  readonly hits: number;
  /** Blocks at the start of a request that were all there before it began. */
  readonly prefixHits: number;
}
