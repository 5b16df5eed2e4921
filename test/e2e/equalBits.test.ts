import { beforeAll, describe, expect, it } from 'vitest';
import type { GenerateReport } from '../../src/cli/generateReport.js';
import { longCase, scratchPath, writeTokens } from '../support/goldenCases.js';
import { runGenerate, runToEnd } from '../support/runGenerate.js';

/** Where pages had to be loaded from, if a run is to prove anything. */
type Moves = 'none' | 'pinned' | 'disk' | 'both';

interface Combination {
  readonly flags: string;
  readonly moves: Moves;
}

/** Pages of 4 KiB: 43 blocks and two windows of 128 tokens before each full layer. */
const hybrid = 'test/fixtures/golden/smollm3-hybrid';
const prompt = longCase(hybrid).promptTokens;
const maxTokens = 24;

let common: string[];
let hot: GenerateReport;
/** Long enough to be split into shards, and still growing into new ones. */
let sharded: string[];
let alone: GenerateReport;

beforeAll(async () => {
  common = hybridArguments(prompt, maxTokens);
  hot = (await runGenerate([...common, '--device-bytes', '64MiB', '--pinned-bytes', '0'])).report;
  sharded = hybridArguments([...prompt, ...prompt], 40);
  alone = (await runGenerate([...sharded, '--device-bytes', '64MiB'])).report;
});

function hybridArguments(tokens: readonly number[], count: number): string[] {
  const file = writeTokens(tokens);
  return ['--model', hybrid, '--tokens-file', file, '--max-tokens', `${count}`, '--block-tokens', '16'];
}

function expectMoves({ prefetch }: GenerateReport, moves: Moves): void {
  const { pinned, disk } = prefetch.byTier;
  // More than every page once: they go and come back.
  expect(pinned.pages > 200).toBe(moves === 'pinned' || moves === 'both');
  expect(disk.pages > 200).toBe(moves === 'disk' || moves === 'both');
}

describe('the steps are the same, bit by bit', () => {
  it('as float32 with all its digits', () => {
    expectMoves(hot, 'none');
    const logits = hot.steps.flatMap((step) => step.logits);
    expect(logits).toHaveLength(5 * maxTokens);
    expect(logits).toEqual(logits.map(Math.fround));
  });

  it.each<Combination>([
    { flags: '--device-bytes LEAST --pinned-bytes 0', moves: 'disk' },
    { flags: '--device-bytes LEAST --pinned-bytes 12KiB --residency lru --retention fifo', moves: 'both' },
    {
      flags: '--device-bytes LEAST --pinned-bytes 1MiB --steps-in-flight 1 --prefetch none',
      moves: 'pinned',
    },
    { flags: '--device-bytes 100KiB --pinned-bytes 150KiB --steps-in-flight 8', moves: 'both' },
    { flags: '--device-bytes 150KiB --pinned-bytes 0 --residency lru --threads 2', moves: 'disk' },
    { flags: '--device-bytes 64KiB --pinned-bytes 100KiB --verify always --threads 1', moves: 'both' },
    { flags: '--stages 1 --device-bytes LEAST --pinned-bytes 0 --threads 2 --prefetch none', moves: 'disk' },
    {
      flags: '--stages 3 --workers 3 --device-bytes LEAST --pinned-bytes 48KiB --prefetch follow-up',
      moves: 'both',
    },
    { flags: '--device-bytes 150KiB --pinned-bytes 150KiB --residency mass', moves: 'both' },
    { flags: '--stages 6 --device-bytes 64MiB', moves: 'none' },
  ])('with $flags', async ({ flags, moves }) => {
    const { report } = await runGenerate([...common, ...(await resolved(flags))]);
    expect(report.steps).toEqual(hot.steps);
    expectMoves(report, moves);
  });

  it.each([
    '--stages 1 --workers 2 --device-bytes 64MiB',
    '--stages 1 --workers 3 --device-bytes LEAST --pinned-bytes 48KiB',
    '--stages 1 --workers 4 --device-bytes 40KiB --pinned-bytes 0',
    '--stages 2 --workers 4 --device-bytes LEAST --pinned-bytes 100KiB --residency lru',
    '--stages 1 --workers 2 --device-bytes 150KiB --pinned-bytes 150KiB --residency mass',
    '--stages 2 --workers 6 --device-bytes 64KiB --pinned-bytes 64KiB --steps-in-flight 8',
  ])('in shards, with %s', async (flags) => {
    const { report } = await runGenerate([...sharded, ...(await resolved(flags))]);
    expect(report.steps).toEqual(alone.steps);
    expect(report.prefetch.peerPages).toBeGreaterThan(500);
  });

  it('when the tokens are given instead of decoded, over the edges of blocks', async () => {
    const given = 20;
    const longer = hybridArguments([...prompt, ...hot.tokens.slice(0, given)], maxTokens - given);
    const { report } = await runGenerate(longer);
    expect(report.steps).toEqual(hot.steps.slice(given));
  });

  it('on a cold and on a warm start, also under other budgets', async () => {
    const kept = [...common, '--data-dir', scratchPath('data')];
    const cold = await runGenerate([...kept, '--device-bytes', '40KiB', '--pinned-bytes', '0']);
    const warm = await runGenerate([...kept, '--device-bytes', '28KiB', '--pinned-bytes', '20KiB']);
    expect(cold.report.cachedTokens).toBe(0);
    expect(warm.report.cachedTokens).toBe(Math.floor(prompt.length / 16) * 16);
    expect(cold.report.steps).toEqual(hot.steps);
    expect(warm.report.steps).toEqual(hot.steps);
  });

  it('for pages of 16 bit floats, wherever they lie', async () => {
    const half = [...common, '--kv-dtype', 'f16'];
    const roomy = await runGenerate([...half, '--device-bytes', '64MiB']);
    const tight = await runGenerate([
      ...half,
      ...(await resolved('--device-bytes LEAST --pinned-bytes 24KiB')),
    ]);
    expectMoves(tight.report, 'both');
    expect(tight.report.steps).toEqual(roomy.report.steps);
    expect(tight.report.steps).not.toEqual(hot.steps);
  });
});

describe('with pages of the usual size', () => {
  const tiny = ['--model', 'models/tiny-dts', '--prompt-file', 'node_modules/@types/node/fs.d.ts'];
  const args = [...tiny, '--prompt-bytes', '4000', '--max-tokens', '8'];
  let reference: GenerateReport;
  beforeAll(async () => {
    reference = (await runGenerate([...args, '--device-bytes', '64MiB'])).report;
  });

  it.each<readonly string[]>([
    ['--device-bytes', '896KiB', '--pinned-bytes', '1MiB'],
    ['--stages', '3', '--device-bytes', '1MiB', '--pinned-bytes', '1MiB', '--residency', 'lru'],
  ])('the steps are the same with %s %s %s %s', async (...flags) => {
    const { report } = await runGenerate([...args, ...flags]);
    expect(report.steps).toEqual(reference.steps);
    expect(report.prefetch.byTier.disk.pages).toBeGreaterThan(20);
  });
});

/** The flags with LEAST replaced by what the refusal of a budget says. */
async function resolved(flags: string): Promise<string[]> {
  const words = flags.split(' ');
  if (!words.includes('LEAST')) return words;
  const one = words.map((word) => (word === 'LEAST' ? '1' : word));
  const { code, stderr } = await runToEnd(['generate', ...common, ...one]);
  expect(code).toBe(2);
  const least = /^kvtide: [^\n]*\((\d+) bytes\)[^\n]*\n$/.exec(stderr)?.[1];
  expect(least).toBeDefined();
  return words.map((word) => (word === 'LEAST' ? `${least}` : word));
}
