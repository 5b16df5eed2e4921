import type { StepOutcome } from './stepRunner.js';

/** Sums over all steps of a worker since its start. */
export class StepTotals {
  steps = 0;
  computeMs = 0;
  stallMs = 0;
  loadMs = 0;

  add({ elapsedMs, stallMs, loads }: StepOutcome): void {
    this.steps += 1;
    this.computeMs += elapsedMs - stallMs;
    this.stallMs += stallMs;
    this.loadMs += loads.loadMs;
  }
}
