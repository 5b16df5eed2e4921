import type { Cancel, Clock } from '../core/ports/clock.js';

/** The clock as one process sees it: its wall time may be set, and after the process has ended nothing fires. */
export class ProcessClock implements Clock {
  readonly #clock: Clock;
  #offsetMs = 0;
  #hasEnded = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  nowMs(): number {
    return this.#clock.nowMs() + this.#offsetMs;
  }

  monotonicMs(): number {
    return this.#clock.monotonicMs();
  }

  setTimer(delayMs: number, fire: () => void): Cancel {
    return this.#clock.setTimer(delayMs, () => {
      if (!this.#hasEnded) fire();
    });
  }

  /** Somebody sets the wall clock, to later or to earlier. */
  jump(ms: number): void {
    this.#offsetMs += ms;
  }

  /** The process is killed. */
  end(): void {
    this.#hasEnded = true;
  }
}
