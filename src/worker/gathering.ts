import type { Clock } from '../core/ports/clock.js';

/** Who was in one of so many batches is expected back. */
const batchesCounted = 4;

/**
 * When to begin the next batch. Of sequences that decode at the same time one half computes while the answers of
 * the other travel: without a look at how many are missing, the first step that is back goes alone, and all
 * others wait for it.
 */
export class Gathering {
  readonly #clock: Pick<Clock, 'setTimer'>;
  readonly #waitMsMax: number;
  /** The sequences of the last batches. */
  #recent: readonly (readonly object[])[] = [];
  #wanted = 0;
  #enough: () => void = () => {};

  constructor(clock: Pick<Clock, 'setTimer'>, waitMsMax: number) {
    this.#clock = clock;
    this.#waitMsMax = waitMsMax;
  }

  /** So many steps wait, after one has come. */
  came(waiting: number): void {
    if (waiting >= this.#wanted) this.#enough();
  }

  /** Resolves when half of those that decoded of late are there, or the time is over. */
  async gather(waiting: number): Promise<void> {
    this.#wanted = Math.floor(new Set(this.#recent.flat()).size / 2);
    if (waiting >= this.#wanted) return;
    await new Promise<void>((resolve) => {
      const cancel = this.#clock.setTimer(this.#waitMsMax, resolve);
      this.#enough = () => {
        cancel();
        resolve();
      };
    });
    this.#enough = () => {};
  }

  /** A batch of these begins. */
  took(sequences: readonly object[]): void {
    this.#recent = [sequences, ...this.#recent.slice(0, batchesCounted - 1)];
  }
}
