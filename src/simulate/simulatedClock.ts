import { setImmediate } from 'node:timers/promises';
import { KvError } from '../core/errors.js';
import type { Cancel, Clock } from '../core/ports/clock.js';

interface Timer {
  readonly dueMs: number;
  readonly number: number;
  readonly fire: () => void;
}

export interface SimulatedClockOptions {
  /** What `nowMs` starts at. */
  readonly startMs?: number;
  /** After each timer that has fired, and a turn of the event loop. */
  readonly afterEvent?: () => void;
}

/**
 * Time that stands still until it is told to go on. Timers fire in the order of their due time, those due
 * at once in the order they were set; between two, everything that promises have pending is run.
 */
export class SimulatedClock implements Clock {
  readonly #startMs: number;
  readonly #afterEvent: () => void;
  readonly #timers: Timer[] = [];
  #elapsedMs = 0;
  #numbered = 0;

  constructor({ startMs = Date.UTC(2026, 0, 1), afterEvent = () => {} }: SimulatedClockOptions = {}) {
    this.#startMs = startMs;
    this.#afterEvent = afterEvent;
  }

  nowMs(): number {
    return this.#startMs + this.#elapsedMs;
  }

  monotonicMs(): number {
    return this.#elapsedMs;
  }

  setTimer(delayMs: number, fire: () => void): Cancel {
    const timer = { dueMs: this.#elapsedMs + Math.max(0, delayMs), number: this.#numbered, fire };
    this.#numbered += 1;
    const after = this.#timers.findIndex(({ dueMs }) => dueMs > timer.dueMs);
    this.#timers.splice(after === -1 ? this.#timers.length : after, 0, timer);
    return () => {
      const at = this.#timers.indexOf(timer);
      if (at !== -1) this.#timers.splice(at, 1);
    };
  }

  get pendingTimers(): number {
    return this.#timers.length;
  }

  /** Resolves after that much simulated time. */
  sleep(delayMs: number): Promise<void> {
    return new Promise((wake) => {
      this.setTimer(delayMs, wake);
    });
  }

  /** Lets `ms` pass, and fires what is due in it, also what is set meanwhile. */
  async advance(ms: number): Promise<void> {
    const endMs = this.#elapsedMs + ms;
    await settle();
    while (this.#timers[0] !== undefined && this.#timers[0].dueMs <= endMs) await this.#fireNext();
    this.#elapsedMs = endMs;
  }

  /**
   * Lets time pass until no timer is set.
   * @returns how many timers fired.
   * @throws KvError `exhausted` after `timersMax` of them: something sets timers for ever.
   */
  async runUntilIdle(timersMax = 100_000): Promise<number> {
    await settle();
    for (let fired = 0; ; fired += 1) {
      if (this.#timers.length === 0) return fired;
      if (fired === timersMax)
        throw new KvError('exhausted', `the simulation is not idle after ${timersMax} timers`);
      await this.#fireNext();
    }
  }

  /**
   * Lets time pass until `work` settles, and answers as it does.
   * @throws KvError `exhausted` when nothing is left to happen, or after `timersMax` timers.
   */
  async run<T>(work: Promise<T>, timersMax = 100_000): Promise<T> {
    let settled = false;
    const mark = (): void => {
      settled = true;
    };
    work.then(mark, mark);
    await settle();
    for (let fired = 0; !settled; fired += 1) {
      if (this.#timers.length === 0 || fired === timersMax) {
        throw new KvError(
          'exhausted',
          `the simulation stands still after ${fired} timers, and the work is not done`,
        );
      }
      await this.#fireNext();
    }
    return work;
  }

  async #fireNext(): Promise<void> {
    const timer = this.#timers.shift()!; // callers look first
    this.#elapsedMs = Math.max(this.#elapsedMs, timer.dueMs);
    timer.fire();
    await settle();
    this.#afterEvent();
  }
}

/** Runs all microtasks: an immediate comes only after the queue of promises is empty. */
async function settle(): Promise<void> {
  await setImmediate();
}
