import { defaultLaneLimits } from '../transfer/laneLimits.js';

/** The bounds of a client; each default stands here. */
export interface ClientLimits {
  /** Pages of one `put` or `get` that are under way or wait to be taken. */
  readonly pagesUnderWay: number;
  /** Tries of one call or page, the first included, while the other side cannot be reached. */
  readonly attemptsMax: number;
  /** The wait before the second try, before jitter; it doubles from try to try. */
  readonly backoffFirstMs: number;
  readonly backoffMaxMs: number;
  /** How long one page waits in all for a worker that has reached a bound of its own. */
  readonly throttledWaitMaxMs: number;
  /** Block keys or pages in one request. */
  readonly keysPerRequest: number;
  /** How long a decode that lost a worker waits for another one, without getting on; then it fails. */
  readonly recoverMsMax: number;
  /** The longest of these waits between two looks. */
  readonly recoverPauseMsMax: number;
  /** How long pages wait for the coordinator; then they go by what was known, and ask all workers of a layer. */
  readonly coordinatorTimeoutMs: number;
  /**
   * Garbage that may gather in this process while it moves pages over gRPC, beside what V8 would allow: it
   * makes gRPC three times as fast (V8's --heap-growing-percent). 0 leaves V8 alone.
   */
  readonly collectorRoomBytes: number;
}

export const defaultClientLimits: ClientLimits = {
  pagesUnderWay: 32,
  // Together about four seconds: a worker that is gone is taken off the cluster's description in less.
  attemptsMax: 8,
  backoffFirstMs: 50,
  backoffMaxMs: 2_000,
  throttledWaitMaxMs: 5_000,
  keysPerRequest: 4_096,
  recoverMsMax: 60_000,
  recoverPauseMsMax: 250,
  coordinatorTimeoutMs: 1_000,
  collectorRoomBytes: defaultLaneLimits.collectorRoomBytes,
};
