import type { Cancel, Clock } from '../core/ports/clock.js';

/** setTimeout fires at once beyond this, so longer timers are waited for in pieces. */
const longestDelayMs = 2 ** 31 - 1;

/** The clock of the machine. */
export const systemClock: Clock = {
  nowMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  setTimer(delayMs: number, fire: () => void): Cancel {
    const dueMs = performance.now() + delayMs;
    let timer: NodeJS.Timeout;
    const arm = (): void => {
      // Node rounds delays down to whole milliseconds, which would fire early.
      const leftMs = Math.ceil(dueMs - performance.now());
      if (leftMs <= 0) fire();
      else timer = setTimeout(arm, Math.min(leftMs, longestDelayMs)).unref();
    };
    timer = setTimeout(arm, Math.min(Math.max(0, Math.ceil(delayMs)), longestDelayMs)).unref();
    return () => clearTimeout(timer);
  },
};
