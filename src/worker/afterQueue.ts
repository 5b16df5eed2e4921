import type { StepOutcome } from './stepRunner.js';

/** The outcome of a step that waited for its turn before it ran. */
export function afterQueue(outcome: StepOutcome, queueMs: number): StepOutcome {
  const { elapsedMs, stallMs, stalls } = outcome;
  return {
    ...outcome,
    elapsedMs: elapsedMs + queueMs,
    stallMs: stallMs + queueMs,
    stalls: { ...stalls, queue: stalls.queue + queueMs },
  };
}
