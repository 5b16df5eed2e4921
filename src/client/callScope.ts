import { KvError } from '../core/errors.js';
import type { Timing } from './timing.js';

/** What every call of a client takes. */
export interface CallScope {
  /** Gives the call up; it rejects with a KvError `cancelled`. */
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds until the call is given up, its retries included. Default: the client's `deadlineMs`. */
  readonly deadlineMs?: number | undefined;
}

/** One call from its start to its end: the caller's signal and a deadline, joined. Ends with `dispose`. */
export class Deadline {
  /** Aborts with a KvError: `timedOut`, or what the caller's signal says. */
  readonly signal: AbortSignal;
  readonly #controller = new AbortController();
  readonly #timing: Timing;
  readonly #endsAtMs: number;
  readonly #outer: AbortSignal | undefined;
  readonly #cancelTimer: () => void;
  readonly #abort: () => void;

  constructor(timing: Timing, deadlineMs: number, outer?: AbortSignal) {
    this.#timing = timing;
    this.#endsAtMs = timing.monotonicMs() + deadlineMs;
    this.#outer = outer;
    this.signal = this.#controller.signal;
    this.#cancelTimer = timing.setTimer(deadlineMs, () =>
      this.#controller.abort(new KvError('timedOut', `no answer within ${deadlineMs} ms`)),
    );
    this.#abort = () => this.#controller.abort(KvError.from(outer?.reason, 'cancelled'));
    if (outer?.aborted) this.#abort();
    else outer?.addEventListener('abort', this.#abort, { once: true });
  }

  /** True when the caller gave up, rather than the deadline. */
  get isCancelled(): boolean {
    return this.#outer?.aborted ?? false;
  }

  get leftMs(): number {
    return Math.max(1, Math.ceil(this.#endsAtMs - this.#timing.monotonicMs()));
  }

  /** @throws KvError of the caller's signal or the deadline. */
  check(): void {
    if (this.signal.aborted) throw this.signal.reason;
  }

  /** @throws as `check`, also while it waits. */
  pause(delayMs: number): Promise<void> {
    return pauseFor(this.#timing, delayMs, this.signal);
  }

  /** As `unlessAborted`. */
  within<T>(work: Promise<T>): Promise<T> {
    return unlessAborted(work, this.signal);
  }

  dispose(): void {
    this.#cancelTimer();
    this.#outer?.removeEventListener('abort', this.#abort);
  }
}

/** What `work` comes to, unless the signal aborts first; `work` then goes on for itself. */
export async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return work;
  let abort = () => {};
  const ended = new Promise<never>((_, reject) => {
    abort = () => reject(KvError.from(signal.reason, 'cancelled'));
    if (signal.aborted) abort();
    else signal.addEventListener('abort', abort, { once: true });
  });
  try {
    return await Promise.race([work, ended]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

/** @throws KvError what the signal aborts with. */
export function pauseFor(timing: Timing, delayMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const abort = () => {
      cancel();
      reject(KvError.from(signal?.reason, 'cancelled'));
    };
    const cancel = timing.setTimer(delayMs, () => {
      signal?.removeEventListener('abort', abort);
      resolve();
    });
    if (signal?.aborted) abort();
    else signal?.addEventListener('abort', abort, { once: true });
  });
}
