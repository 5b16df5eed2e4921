import { expect, it } from 'vitest';
import { PrefillRate } from '../../src/worker/prefillRate.js';
import type { StepOutcome } from '../../src/worker/stepRunner.js';

function outcome(phase: StepOutcome['phase'], elapsedMs: number, stallMs = 0): StepOutcome {
  return { phase, elapsedMs, stallMs } as StepOutcome; // the rest is not read
}

it('is what whole blocks of prompts took, without waiting for pages', () => {
  const rate = new PrefillRate(16);
  rate.add(1, outcome('decode', 50));
  rate.add(8, outcome('prefill', 50));
  rate.add(16, outcome('prefill', 0));
  expect(rate.msPerBlock).toBeNull();
  const measured = new PrefillRate(16);
  measured.add(64, outcome('prefill', 50, 10));
  expect(measured.msPerBlock).toBe(10);
  for (let chunk = 0; chunk < 60; chunk += 1) measured.add(32, outcome('prefill', 60));
  expect(measured.msPerBlock).toBeCloseTo(30, 1);
});
