import type { Patience } from '../client/patience.js';
import { KvError } from '../core/errors.js';
import type { CursorEvent } from './cursorEvent.js';
import { gaveUp, outlookOf } from './recovery.js';

/** Recoveries allowed beside one for every block: each lost block may be noticed on its own. */
const spareRecoveries = 8;

/** Decides whether a sequence goes on after an error, and waits while a worker is gone. */
export class RecoveryWait {
  readonly #patience: Patience;
  readonly #signal: AbortSignal | undefined;
  #recoveries = 0;
  /** Since the sequence got on: KV may be lost as often as there is progress between. */
  #barren = 0;
  /** Looks for another worker since the sequence got on. */
  #attempt = 0;
  #awaySinceMs: number | null = null;
  /** Of the waits that ended since the sequence got on. */
  #waitedMs = 0;
  #lastMs = 0;

  constructor(patience: Patience, signal: AbortSignal | undefined) {
    this.#patience = patience;
    this.#signal = signal;
  }

  /** How often the sequence lost something. */
  get recoveries(): number {
    return this.#recoveries;
  }

  /** How long the last recovery waited for a worker. */
  get lastMs(): number {
    return this.#lastMs;
  }

  /** A stream is open again. */
  opened(): void {
    const sinceMs = this.#awaySinceMs;
    this.#lastMs = sinceMs === null ? 0 : this.#patience.nowMs() - sinceMs;
    this.#waitedMs += this.#lastMs;
    this.#awaySinceMs = null;
  }

  /** A token was computed that never was before. */
  gotOn(): void {
    this.#barren = 0;
    this.#attempt = 0;
    this.#waitedMs = 0;
  }

  /**
   * Answers the error when another try has a point, after a wait where a worker is gone.
   * @param blocks of the sequence.
   * @throws KvError that cannot be recovered from, or not any more; `cancelled`.
   */
  async *failed(thrown: unknown, blocks: number): AsyncGenerator<CursorEvent, KvError> {
    const cause = KvError.from(thrown);
    const outlook = outlookOf(cause, this.#attempt > 0, this.#signal?.aborted ?? false);
    if (outlook === 'final') throw cause;
    // Looks for the same lost worker, and for room where it was replaced, are bounded by time.
    if (this.#awaySinceMs === null && cause.kind !== 'exhausted') this.count(cause, blocks);
    if (outlook === 'away') yield* this.#pause(cause);
    return cause;
  }

  /** @throws KvError the cause, when that was too often. */
  count(cause: KvError, blocks: number): void {
    const most = blocks + spareRecoveries;
    this.#recoveries += 1;
    this.#barren += 1;
    if (this.#barren <= most) return;
    throw new KvError(cause.kind, `${cause.message}; gave up after ${most} recoveries`, { cause });
  }

  async *#pause(cause: KvError): AsyncGenerator<CursorEvent, void> {
    const { mostMs } = this.#patience;
    const nowMs = this.#patience.nowMs();
    this.#awaySinceMs ??= nowMs;
    const waitedMs = this.#waitedMs + nowMs - this.#awaySinceMs;
    if (waitedMs >= mostMs) throw gaveUp(cause, waitedMs);
    // The first look is free: who is gone may have been replaced before it was missed.
    if (this.#attempt > 0) {
      yield { kind: 'waiting', cause, waitedMs, mostMs };
      await this.#patience.pause(this.#attempt, this.#signal);
    }
    this.#attempt += 1;
  }
}
