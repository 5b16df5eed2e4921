import type { Clock } from '../core/ports/clock.js';
import type { Random } from '../core/ports/random.js';

/** Time and chance, as far as a client needs them. Its timers keep the process alive: somebody awaits them. */
export type Timing = Pick<Clock, 'monotonicMs' | 'setTimer'> & Pick<Random, 'fraction'>;

export const systemTiming: Timing = {
  monotonicMs: () => performance.now(),
  setTimer: (delayMs, fire) => {
    const timer = setTimeout(fire, delayMs);
    return () => clearTimeout(timer);
  },
  fraction: Math.random,
};
