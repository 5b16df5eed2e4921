import { beforeAll, expect, it } from 'vitest';
import { scratchPath } from '../support/goldenCases.js';
import { LossyRuns, logitsOf } from './lossyRuns.js';

let runs: LossyRuns;
beforeAll(async () => {
  runs = await LossyRuns.open('0');
});

it('packed pages come back bit by bit', async () => {
  const packed = await runs.generate('--disk-codec', 'shuffle');
  expect(packed.steps).toEqual(runs.exact.steps);
  expect(packed.prefetch.byTier.disk.pages).toBeGreaterThan(20);
});

it('pages in int8 change the logits a little, those in int4 more', async () => {
  const int8 = await runs.generate('--disk-dtype', 'int8');
  const int4 = await runs.generate('--disk-dtype', 'int4');
  expect(int8.prefetch.byTier.disk.pages).toBeGreaterThan(20);
  expect(logitsOf(int8)).not.toEqual(logitsOf(runs.exact));
  expect(runs.errorOf(int8)).toBeLessThan(0.25);
  expect(runs.errorOf(int8)).toBeLessThan(runs.errorOf(int4));
});

it('exact runs never see pages that lost precision, runs in int8 do', async () => {
  const dataDir = scratchPath('codec');
  const first = await runs.generate('--data-dir', dataDir, '--disk-dtype', 'int8');
  expect(first.cachedTokens).toBe(0);
  const again = await runs.generate('--data-dir', dataDir, '--disk-dtype', 'int8');
  expect(again.cachedTokens).toBeGreaterThan(0);
  const without = await runs.generate('--data-dir', dataDir);
  expect(without.cachedTokens).toBe(0);
  expect(without.steps).toEqual(runs.exact.steps);
});
