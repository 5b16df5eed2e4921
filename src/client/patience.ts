/** How somebody waits for a worker that is gone: how long, and how often it looks. */
export interface Patience {
  /** All waits since the last progress together; then it gives up. */
  readonly mostMs: number;
  nowMs(): number;
  /**
   * The wait after look number `attempt` (1 for the first).
   * @throws KvError `cancelled` when the signal aborts.
   */
  pause(attempt: number, signal?: AbortSignal): Promise<void>;
}
