import { expect, it } from 'vitest';
import { WorkerRestarts } from '../../src/cli/workerRestarts.js';

it('a worker is started again five times a minute, each for itself', () => {
  const restarts = new WorkerRestarts();
  const starts = Array.from({ length: 7 }, (_, at) => restarts.mayStart('worker-0', at * 1000));
  expect(starts).toEqual([true, true, true, true, true, false, false]);
  expect(restarts.mayStart('worker-1', 6000)).toBe(true);
  // The first is out of the window; those that were refused do not count.
  expect(restarts.mayStart('worker-0', 60_000)).toBe(true);
  expect(restarts.mayStart('worker-0', 60_001)).toBe(false);
});
