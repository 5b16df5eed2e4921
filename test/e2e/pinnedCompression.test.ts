import { beforeAll, expect, it } from 'vitest';
import { scratchPath } from '../support/goldenCases.js';
import { LossyRuns, logitsOf } from './lossyRuns.js';

let runs: LossyRuns;
beforeAll(async () => {
  runs = await LossyRuns.open('8MiB', ['--disk-bytes', '0']);
});

it('pages pinned in int8 change the logits a little, those in int4 more', async () => {
  const int8 = await runs.generate('--pinned-dtype', 'int8', '--disk-bytes', '0');
  const int4 = await runs.generate('--pinned-dtype', 'int4', '--disk-bytes', '0');
  expect(int8.prefetch.byTier.pinned.pages).toBeGreaterThan(20);
  expect(logitsOf(int8)).not.toEqual(logitsOf(runs.exact));
  expect(runs.errorOf(int8)).toBeLessThan(0.25);
  expect(runs.errorOf(int8)).toBeLessThan(runs.errorOf(int4));
});

it('pages cross a link that takes time encoded, to the same logits', async () => {
  const copied = await runs.generate('--pinned-dtype', 'int8', '--disk-bytes', '0');
  const linked = await runs.generate(
    '--pinned-dtype',
    'int8',
    '--disk-bytes',
    '0',
    '--link-bandwidth',
    '256MiB',
  );
  expect(logitsOf(linked)).toEqual(logitsOf(copied));
});

it('exact runs find no page on disk that lost bits in pinned memory', async () => {
  const dataDir = scratchPath('pinned');
  await runs.generate('--data-dir', dataDir, '--pinned-dtype', 'int8');
  const again = await runs.generate('--data-dir', dataDir, '--pinned-dtype', 'int8');
  expect(again.cachedTokens).toBeGreaterThan(0);
  const without = await runs.generate('--data-dir', dataDir);
  expect(without.steps).toEqual(runs.exact.steps);
});
