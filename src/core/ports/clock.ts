/** Cancels what it stands for; calling it again does nothing. */
export type Cancel = () => void;

/**
 * Time. The real one is src/observe/systemClock.ts, the simulated one src/simulate/simulatedClock.ts.
 * Nothing that decides may read time from anywhere else.
 */
export interface Clock {
  /** Milliseconds since the Unix epoch; may jump. */
  nowMs(): number;
  /** Milliseconds from some start; never goes backwards. */
  monotonicMs(): number;
  /** Calls `fire` once after at least `delayMs`, unless cancelled first. A timer keeps no process alive. */
  setTimer(delayMs: number, fire: () => void): Cancel;
}
