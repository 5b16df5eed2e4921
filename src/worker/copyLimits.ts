/** Every bound of the copies that a worker makes from others. */
export interface CopyLimits {
  /**
   * Pages of all copies together that are on their way at once. Each holds a turn of the transfer engine until
   * it is stored, for which the engine may have to write others to disk first: this stays well below
   * `runningMax` of the engine.
   */
  readonly pagesOfAllCopiesMax: number;
  /** Pages of one copy that are on their way at once. */
  readonly pagesUnderWayMax: number;
  /** Bytes of one copy that are on their way at once; one page may be larger. */
  readonly bytesUnderWayMax: number;
  /** Pause between two tries of a page that one of both sides has no room for now, at most. */
  readonly retryAfterMsMax: number;
  /** Tries of such a page. */
  readonly triesMax: number;
  /** Progress is told so often. */
  readonly progressMs: number;
}

export const defaultCopyLimits: CopyLimits = {
  pagesOfAllCopiesMax: 16,
  pagesUnderWayMax: 16,
  bytesUnderWayMax: 32 * 2 ** 20,
  retryAfterMsMax: 200,
  triesMax: 100,
  progressMs: 200,
};
