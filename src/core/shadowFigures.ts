/** What the shadows beside a live policy saw. Counts are of sampled uses. */
export interface ShadowFigures {
  /** Share of the blocks that is looked at. */
  readonly rate: number;
  /** Blocks that the live cache holds, and each shadow is taken to hold. */
  readonly capacityBlocks: number;
  readonly uses: number;
  readonly liveHits: number;
  readonly policies: readonly {
    readonly name: string;
    readonly hits: number;
    /** It threw and is not asked any more. */
    readonly failed: boolean;
  }[];
  /** Of an LRU cache, by what it would hold. */
  readonly missRatios: readonly { readonly capacityBlocks: number; readonly missRatio: number }[];
  /** Over the last whole window, or over what there is of the first. */
  readonly window: { readonly uses: number; readonly liveHits: number; readonly optimumHits: number };
  /** Time that all of it took by the clock, in which the main thread did nothing else. */
  readonly seconds: number;
}

/** What the live cache lacks of the optimum over the window, from 0 to 1; it may be below where samples are few. */
export function regretOf({ liveHits, optimumHits }: ShadowFigures['window']): number {
  return optimumHits === 0 ? 0 : 1 - liveHits / optimumHits;
}
