/** A million tokens on one machine: layer ranges, and workers in all. */
export const millionStages = 2;
export const millionWorkers = 4;
/** Shares of a worker's KV that its device and its pinned memory hold; the rest lies on disk. */
export const deviceShare = 0.05;
export const pinnedShare = 0.25;
