import { beforeAll, describe, expect, it } from 'vitest';
import type { GenerateReport } from '../../src/cli/generateReport.js';
import { admissionPolicyNames } from '../../src/policy/admissionPolicies.js';
import { placementPolicyNames } from '../../src/policy/placementPolicies.js';
import { longCase, writeTokens } from '../support/goldenCases.js';
import { runGenerate, runToEnd } from '../support/runGenerate.js';

/** Pages of 4 KiB: 43 blocks. */
const hybrid = 'test/fixtures/golden/smollm3-hybrid';
const small = ['--device-bytes', '100KiB', '--pinned-bytes', '150KiB'];
const ample = ['--device-bytes', '64MiB', '--pinned-bytes', '64MiB'];

let common: string[];
let hot: GenerateReport;

beforeAll(async () => {
  const file = writeTokens(longCase(hybrid).promptTokens);
  common = ['--model', hybrid, '--tokens-file', file, '--max-tokens', '24', '--block-tokens', '16'];
  hot = (await runGenerate([...common, ...ample])).report;
});

const pairs = admissionPolicyNames.flatMap((admission) =>
  placementPolicyNames.map((placement) => ['--admission', admission, '--placement', placement]),
);

describe('where and when pages are copied', () => {
  it.each(pairs)('changes no bit of the answer: %s %s %s %s', async (...pair) => {
    const { report } = await runGenerate([...common, ...small, ...pair]);
    expect(report.steps).toEqual(hot.steps);
    // What is held goes down and comes back, whatever is admitted.
    expect(report.prefetch.byTier.pinned.pages).toBeGreaterThan(200);
    expect(report.prefetch.byTier.disk.pages).toBeGreaterThan(200);
  });

  it('changes what is written: nothing goes to the disk before it has to, or where it was asked for once', async () => {
    expect(hot.kv.byTier.disk).toBeGreaterThan(0);
    for (const choice of [
      ['--placement', 'write-back'],
      ['--admission', 'second-touch'],
    ]) {
      const { report } = await runGenerate([...common, ...ample, ...choice]);
      expect(report.steps).toEqual(hot.steps);
      expect(report.kv.byTier.disk).toBe(0);
      expect(report.kv.byTier.pinned).toBe(0);
    }
  });

  it('is one choice for a worker, though the simulator takes several', async () => {
    const { code, stderr } = await runToEnd(['generate', ...common, '--admission', 'always,tinylfu']);
    expect(code).not.toBe(0);
    expect(stderr).toContain('--admission wants one name here, not 2');
  });
});
