import type { StepOutcome } from './stepRunner.js';

/** Sums over all steps of a worker since its start. */
export class StepTotals {
  steps = 0;
  computeMs = 0;
  stallMs = 0;
  loadMs = 0;

  /** Of what steps took that were computed together, each has its share. */
  add({ elapsedMs, stallMs, loads, batch }: StepOutcome): void {
    this.steps += 1;
    this.computeMs += (elapsedMs - stallMs) / batch;
    this.stallMs += stallMs / batch;
    this.loadMs += loads.loadMs;
  }
}
