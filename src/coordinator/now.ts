import type { Clock } from '../core/ports/clock.js';

/** The time of an event. State machines have no clock: their events carry it. */
export interface Now {
  /** For leases: never jumps. */
  readonly monotonicMs: number;
  /** For what outlives the process: milliseconds since the Unix epoch. */
  readonly wallMs: number;
}

export function nowOf(clock: Clock): Now {
  return { monotonicMs: clock.monotonicMs(), wallMs: clock.nowMs() };
}
