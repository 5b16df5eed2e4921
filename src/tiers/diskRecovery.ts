import type { Cancel, Clock } from '../core/ports/clock.js';

/** The pause before a disk that took no more pages is tried again: at first, and at most. It doubles. */
const firstPauseMs = 1_000;
const pauseMsMax = 60_000;

/** Tries a disk again after it took no more pages: what was full may be emptied, and what was away may come back. */
export class DiskRecovery {
  readonly #clock: Clock;
  readonly #recover: () => Promise<boolean>;
  readonly #recovered: () => void;
  #pauseMs = firstPauseMs;
  /** When it was last tried again; a failure before twice the pause has passed counts as the same trouble. */
  #recoveredMs = Number.NEGATIVE_INFINITY;
  #cancel: Cancel | null = null;
  #isClosed = false;

  /** @param recover whether another write may be tried. */
  constructor(clock: Clock, recover: () => Promise<boolean>, recovered: () => void) {
    this.#clock = clock;
    this.#recover = recover;
    this.#recovered = recovered;
  }

  /** The disk takes no more pages. */
  begin(): void {
    if (this.#clock.monotonicMs() - this.#recoveredMs > 2 * this.#pauseMs) this.#pauseMs = firstPauseMs;
    this.#wait();
  }

  close(): void {
    this.#isClosed = true;
    this.#cancel?.();
  }

  #wait(): void {
    if (this.#isClosed) return;
    this.#cancel = this.#clock.setTimer(this.#pauseMs, () => void this.#try());
    this.#pauseMs = Math.min(pauseMsMax, 2 * this.#pauseMs);
  }

  async #try(): Promise<void> {
    const isWell = await this.#recover();
    if (this.#isClosed) return;
    if (!isWell) return this.#wait();
    this.#recoveredMs = this.#clock.monotonicMs();
    this.#recovered();
  }
}
