/** Every bound of the transfer engine. */
export interface TransferOptions {
  /** Bytes under way at once, for each class. One transfer larger than its bound runs alone. */
  readonly loadBytesMax: number;
  readonly prefetchBytesMax: number;
  readonly writeBackBytesMax: number;
  /**
   * Instead of the two bounds above while a step loads: what a load meets on its way, and what one flush of
   * the disk writes out, is no more than this. One transfer of each class always goes on.
   */
  readonly besideLoadsBytesMax: number;
  /** A step goes on loading as long as its loads follow each other within this. */
  readonly loadGapMs: number;
  /** Transfers that run at once, of all classes. */
  readonly runningMax: number;
  /** Transfers of one class that wait to be started; more are refused. */
  readonly queuedMax: number;
  /**
   * A rate that is older than this is not known any more: who makes no loads because they were slow would
   * else never learn that they are fast again.
   */
  readonly rateFreshMs: number;
  /** Weight of the newest transfer in the measured rate of its route, in (0, 1]. */
  readonly rateWeight: number;
}

const mebibyte = 2 ** 20;

export const defaultTransferOptions: TransferOptions = {
  loadBytesMax: 64 * mebibyte,
  prefetchBytesMax: 32 * mebibyte,
  writeBackBytesMax: 8 * mebibyte,
  besideLoadsBytesMax: 2 * mebibyte,
  loadGapMs: 10,
  runningMax: 64,
  queuedMax: 65_536,
  rateFreshMs: 60_000,
  rateWeight: 0.1,
};
