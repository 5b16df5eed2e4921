import { beforeAll, expect, it } from 'vitest';
import type { GenerateReport } from '../../src/cli/generateReport.js';
import { longCase, scratchPath, writeTokens } from '../support/goldenCases.js';
import { runGenerate } from '../support/runGenerate.js';

const hybrid = 'test/fixtures/golden/smollm3-hybrid';
let common: string[];
let exact: GenerateReport;

beforeAll(async () => {
  const tokens = writeTokens(longCase(hybrid).promptTokens);
  const device = ['--block-tokens', '64', '--device-bytes', '192KiB', '--pinned-bytes', '8MiB'];
  common = ['--model', hybrid, '--tokens-file', tokens, '--max-tokens', '8', ...device];
  exact = await generate('--disk-bytes', '0');
});

async function generate(...flags: string[]): Promise<GenerateReport> {
  const { report } = await runGenerate([...common, ...flags]);
  return report;
}

const logitsOf = ({ steps }: GenerateReport): number[] => steps.flatMap(({ logits }) => logits);

/** How far the highest logits of the first step are from the exact ones; later steps may follow other tokens. */
function errorOf(report: GenerateReport): number {
  const [step] = report.steps;
  const [wanted] = exact.steps;
  return Math.max(...step!.logits.map((logit, rank) => Math.abs(logit - wanted!.logits[rank]!)));
}

it('pages pinned in int8 change the logits a little, those in int4 more', async () => {
  const int8 = await generate('--pinned-dtype', 'int8', '--disk-bytes', '0');
  const int4 = await generate('--pinned-dtype', 'int4', '--disk-bytes', '0');
  expect(int8.prefetch.byTier.pinned.pages).toBeGreaterThan(20);
  expect(logitsOf(int8)).not.toEqual(logitsOf(exact));
  expect(errorOf(int8)).toBeLessThan(0.25);
  expect(errorOf(int8)).toBeLessThan(errorOf(int4));
});

it('pages cross a link that takes time encoded, to the same logits', async () => {
  const copied = await generate('--pinned-dtype', 'int8', '--disk-bytes', '0');
  const linked = await generate('--pinned-dtype', 'int8', '--disk-bytes', '0', '--link-bandwidth', '256MiB');
  expect(logitsOf(linked)).toEqual(logitsOf(copied));
});

it('exact runs find no page on disk that lost bits in pinned memory', async () => {
  const dataDir = scratchPath('pinned');
  await generate('--data-dir', dataDir, '--pinned-dtype', 'int8');
  const again = await generate('--data-dir', dataDir, '--pinned-dtype', 'int8');
  expect(again.cachedTokens).toBeGreaterThan(0);
  const without = await generate('--data-dir', dataDir);
  expect(without.steps).toEqual(exact.steps);
});
