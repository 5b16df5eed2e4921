/** Every bound of the copies that a worker makes from others. */
export interface CopyLimits {
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
  pagesUnderWayMax: 16,
  bytesUnderWayMax: 32 * 2 ** 20,
  retryAfterMsMax: 200,
  triesMax: 100,
  progressMs: 200,
};
