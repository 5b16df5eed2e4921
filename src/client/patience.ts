import { KvError } from '../core/errors.js';

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

/**
 * Tries again while a stage is served by nobody or the coordinator is away. Only for what may happen twice
 * without harm.
 * @throws KvError of the last try when patience is at its end, and of any other kind at once.
 */
export async function patiently<T>(
  patience: Patience,
  work: () => Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  const startedMs = patience.nowMs();
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (thrown) {
      const isPassing = KvError.from(thrown).kind === 'unavailable';
      if (!isPassing || patience.nowMs() - startedMs >= patience.mostMs) throw thrown;
      await patience.pause(attempt, signal);
    }
  }
}
