import { beforeAll, expect, it } from 'vitest';
import type { GenerateReport } from '../../src/cli/generateReport.js';
import { longCase, scratchPath, writeTokens } from '../support/goldenCases.js';
import { runGenerate } from '../support/runGenerate.js';

const hybrid = 'test/fixtures/golden/smollm3-hybrid';
let common: string[];
let exact: GenerateReport;

beforeAll(async () => {
  const tokens = writeTokens(longCase(hybrid).promptTokens);
  const device = ['--block-tokens', '64', '--device-bytes', '192KiB', '--pinned-bytes', '0'];
  common = ['--model', hybrid, '--tokens-file', tokens, '--max-tokens', '8', ...device];
  exact = await generate();
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

it('packed pages come back bit by bit', async () => {
  const packed = await generate('--disk-codec', 'shuffle');
  expect(packed.steps).toEqual(exact.steps);
  expect(packed.prefetch.byTier.disk.pages).toBeGreaterThan(20);
});

it('pages in int8 change the logits a little, those in int4 more', async () => {
  const int8 = await generate('--disk-dtype', 'int8');
  const int4 = await generate('--disk-dtype', 'int4');
  expect(int8.prefetch.byTier.disk.pages).toBeGreaterThan(20);
  expect(logitsOf(int8)).not.toEqual(logitsOf(exact));
  expect(errorOf(int8)).toBeLessThan(0.25);
  expect(errorOf(int8)).toBeLessThan(errorOf(int4));
});

it('exact runs never see pages that lost precision, runs in int8 do', async () => {
  const dataDir = scratchPath('codec');
  const first = await generate('--data-dir', dataDir, '--disk-dtype', 'int8');
  expect(first.cachedTokens).toBe(0);
  const again = await generate('--data-dir', dataDir, '--disk-dtype', 'int8');
  expect(again.cachedTokens).toBeGreaterThan(0);
  const without = await generate('--data-dir', dataDir);
  expect(without.cachedTokens).toBe(0);
  expect(without.steps).toEqual(exact.steps);
});
