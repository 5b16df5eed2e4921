/** A tier, the fastest first. What is in the first is used where it lies; from the others it is loaded. */
export interface SimTier {
  readonly name: string;
  /** Blocks that fit. */
  readonly capacity: number;
  readonly bytesPerSecond: number;
  /** Of each block that is loaded, in ms. */
  readonly latencyMs: number;
}
