import { describe, expect, it } from 'vitest';
import type { Clock } from '../../src/core/ports/clock.js';

/** A clock under test, and what makes its time pass until a promise settles. */
export interface ClockUnderTest {
  readonly clock: Clock;
  run<T>(work: Promise<T>): Promise<T>;
}

/** What every clock must do. */
export function clockContract(name: string, make: () => ClockUnderTest): void {
  describe(`${name} as a clock`, () => {
    const sleep = (clock: Clock, delayMs: number): Promise<void> =>
      new Promise((wake) => {
        clock.setTimer(delayMs, wake);
      });
    /** A timer of the clock keeps no process alive, so something else has to while the test waits. */
    const awake = async <T>(work: Promise<T>): Promise<T> => {
      const handle = setInterval(() => {}, 1000);
      try {
        return await work;
      } finally {
        clearInterval(handle);
      }
    };

    it('never fires a timer early, nor goes backwards', async () => {
      const { clock, run } = make();
      for (const delayMs of [0, 0.4, 1, 7.5, 20]) {
        const beforeMs = clock.monotonicMs();
        await awake(run(sleep(clock, delayMs)));
        expect(clock.monotonicMs() - beforeMs).toBeGreaterThan(delayMs - 1e-6); // what doubles lose
      }
    });

    it('fires a timer later than the call that sets it, also without a delay', async () => {
      const { clock, run } = make();
      const order: string[] = [];
      const fired = new Promise<void>((resolve) => {
        clock.setTimer(0, () => {
          order.push('fired');
          resolve();
        });
      });
      order.push('set');
      await awake(run(fired));
      expect(order).toEqual(['set', 'fired']);
    });

    it('fires each timer once, the earlier one first', async () => {
      const { clock, run } = make();
      const order: number[] = [];
      for (const delayMs of [60, 1, 30]) clock.setTimer(delayMs, () => order.push(delayMs));
      await awake(run(sleep(clock, 90)));
      expect(order).toEqual([1, 30, 60]);
    });

    it('never fires what was cancelled, however often', async () => {
      const { clock, run } = make();
      let fired = 0;
      const cancel = clock.setTimer(1, () => {
        fired += 1;
      });
      cancel();
      cancel();
      const cancelLate = clock.setTimer(1, () => {
        fired += 10;
      });
      await awake(run(sleep(clock, 10)));
      cancelLate();
      expect(fired).toBe(10);
    });

    it('tells the time of day', () => {
      const { clock } = make();
      expect(clock.nowMs()).toBeGreaterThan(Date.UTC(2020, 0, 1));
    });
  });
}
