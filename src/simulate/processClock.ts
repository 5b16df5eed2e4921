import type { Cancel, Clock } from '../core/ports/clock.js';

/** The clock as one process sees it: its wall time may be set, and after the process has ended nothing fires. */
export class ProcessClock implements Clock {
  readonly #clock: Clock;
  /** What cancels each timer that is set. */
  readonly #pending = new Set<Cancel>();
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
    if (this.#hasEnded) return () => {};
    const cancel = this.#clock.setTimer(delayMs, () => {
      this.#pending.delete(cancel);
      fire();
    });
    this.#pending.add(cancel);
    return () => {
      this.#pending.delete(cancel);
      cancel();
    };
  }

  /** Somebody sets the wall clock, to later or to earlier. */
  jump(ms: number): void {
    this.#offsetMs += ms;
  }

  /** The process is killed. */
  end(): void {
    this.#hasEnded = true;
    for (const cancel of this.#pending) cancel();
    this.#pending.clear();
  }
}
