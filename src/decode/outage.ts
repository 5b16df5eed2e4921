import { type ErrorKind, KvError } from '../core/errors.js';
import type { Clock } from '../core/ports/clock.js';

/** Somebody is away, and may come back or be replaced. */
const away: ReadonlySet<ErrorKind> = new Set(['unavailable', 'timedOut']);

/** How long is waited for the stages of a sequence to be served again. */
export const outageMsMax = 60_000;
/** The wait before the second try; it doubles from try to try. A lost worker's place is often taken at once. */
const pauseFirstMs = 50;
const pauseMsMax = 1_000;

export function isAway({ kind }: KvError): boolean {
  return away.has(kind);
}

/** A time in which a sequence cannot be computed, because a stage is served by nobody. */
export class Outage {
  readonly #clock: Clock;
  readonly #startedMs: number;
  #pauseMs = pauseFirstMs;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#startedMs = clock.monotonicMs();
  }

  /**
   * Waits before the next try.
   * @throws KvError of the cause's kind when it has lasted for `outageMsMax`, `cancelled` when the signal aborts.
   */
  async wait(cause: KvError, signal: AbortSignal | undefined): Promise<void> {
    if (this.#clock.monotonicMs() - this.#startedMs >= outageMsMax) {
      const { message, context } = cause;
      throw new KvError(cause.kind, `${message}; gave up after ${outageMsMax / 1000} s`, { context, cause });
    }
    await this.#pause(signal);
    this.#pauseMs = Math.min(2 * this.#pauseMs, pauseMsMax);
  }

  #pause(signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const stop = (): void => {
        cancel();
        reject(KvError.from(signal?.reason, 'cancelled'));
      };
      const cancel = this.#clock.setTimer(this.#pauseMs, () => {
        signal?.removeEventListener('abort', stop);
        resolve();
      });
      if (signal?.aborted) stop();
      signal?.addEventListener('abort', stop, { once: true });
    });
  }
}
