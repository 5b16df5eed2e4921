import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { GenerateReport } from '../../src/cli/generateReport.js';
import { generateJson, Kvtide } from './runKvtide.js';

const model = 'models/tiny-dts';
interface GoldenCase {
  readonly promptTokens: number[];
  readonly greedy: number[];
  readonly steps: { readonly top: number[]; readonly logits: number[] }[];
}
const golden: { cases: GoldenCase[] } = JSON.parse(readFileSync(`${model}/golden.json`, 'utf8'));
const longest = golden.cases[1] as GoldenCase;

/** Flips one bit in every `stride` bytes, the header of the file left out. */
function flipBytes(path: string, stride: number): void {
  const bytes = readFileSync(path);
  for (let at = stride; at < bytes.length; at += stride) bytes[at] = (bytes[at] as number) ^ 1;
  writeFileSync(path, bytes);
}

let folder: string;
let common: string[];
let first: GenerateReport;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'kvtide-test-'));
  const tokens = join(folder, 'tokens.json');
  writeFileSync(tokens, JSON.stringify(longest.promptTokens));
  common = [
    '--model',
    model,
    '--tokens-file',
    tokens,
    '--max-tokens',
    '16',
    '--top-logits',
    '5',
    '--ignore-eos',
  ];
  const small = ['--device-bytes', '896KiB', '--pinned-bytes', '1MiB'];
  first = await generateJson([...common, ...small, '--data-dir', join(folder, 'data')]);
}, 180_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('kvtide generate', { timeout: 180_000 }, () => {
  it('gives the golden tokens and logits while pages move through every tier', () => {
    expect(first.tokens).toEqual(longest.greedy);
    expect(first.promptTokens).toBe(longest.promptTokens.length);
    expect(first.cachedTokens).toBe(0);
    first.steps.forEach(({ top, logits }, step) => {
      const wanted = longest.steps[step];
      expect(top[0]).toBe(wanted?.top[0]);
      logits.forEach(
        (logit, at) => void expect(Math.abs(logit - (wanted?.logits[at] ?? Number.NaN))).toBeLessThan(1e-3),
      );
    });
    expect(first.prefetch.byTier.disk.pages).toBeGreaterThan(0);
    expect(first.prefetch.byTier.disk.bytes).toBe(first.prefetch.byTier.disk.pages * 128 * 1024);
    expect(first.kv.byTier.device).toBeLessThanOrEqual(2 * 896 * 1024);
    expect(first.workers.map(({ layers }) => layers)).toEqual([
      [0, 3],
      [3, 6],
    ]);
  });

  it('finds all whole blocks again in new processes, and changes nothing by it', async () => {
    const again = await generateJson([...common, '--data-dir', join(folder, 'data')]);
    expect(again.cachedTokens).toBe(Math.floor(longest.promptTokens.length / 256) * 256);
    expect(again.steps).toEqual(first.steps);
    const stranger = await generateJson([...common, '--data-dir', join(folder, 'data'), '--tenant', 'bob']);
    expect(stranger.cachedTokens).toBe(0);
    expect(stranger.steps).toEqual(first.steps);
  });

  it('finds flipped bytes on disk, says so, and recomputes what they were', async () => {
    const dataDir = join(folder, 'flipped');
    cpSync(join(folder, 'data'), dataDir, { recursive: true });
    for (const stage of [0, 1]) {
      const pages = join(dataDir, `worker-${stage}`, 'pages');
      const files = readdirSync(pages).filter((name) => name.endsWith('.dat'));
      expect(files).not.toEqual([]);
      for (const name of files) flipBytes(join(pages, name), 128 * 1024);
    }
    const run = new Kvtide(['generate', ...common, '--data-dir', dataDir, '--json']);
    const { stdout, stderr, code } = await run.finished();
    run.dispose();
    expect(code).toBe(0);
    expect(JSON.parse(stdout).steps).toEqual(first.steps);
    expect(stderr).toMatch(/is corrupt and was removed/);
  });

  it('gives the same bits with everything hot, in one stage and in three', async () => {
    for (const stages of ['1', '3']) {
      const hot = await generateJson([...common, '--stages', stages, '--device-bytes', '64MiB']);
      expect(hot.steps).toEqual(first.steps);
      expect(hot.prefetch).toMatchObject({
        byTier: { disk: { pages: 0 }, pinned: { pages: 0 } },
        hiddenRatio: 1,
      });
    }
  });

  it('samples the same text for the same seed, and text that is text', async () => {
    const sampled = [
      '--model',
      model,
      '--prompt',
      'export interface ',
      '--temperature',
      '0.7',
      '--max-tokens',
      '24',
    ];
    const [one, two, other] = await Promise.all(
      ['5', '5', '6'].map((seed) => generateJson([...sampled, '--seed', seed])),
    );
    expect(one?.tokens).toEqual(two?.tokens);
    expect(one?.tokens).not.toEqual(other?.tokens);
    expect(Buffer.from(one?.text ?? '', 'utf8')).toEqual(Buffer.from(one?.tokens ?? []));
  });

  it('refuses a data folder that another cluster uses, in one line', async () => {
    const dataDir = join(folder, 'used');
    const up = new Kvtide(['up', '--model', model, '--data-dir', dataDir, '--json']);
    try {
      await up.says('"ready":"up"');
      const second = new Kvtide(['generate', '--model', model, '--prompt', 'x', '--data-dir', dataDir]);
      const { stderr, code } = await second.finished();
      second.dispose();
      expect(stderr).toMatch(/^kvtide: the data folder \S+ is in use by process \d+; [^\n]+\n$/);
      expect(code).toBe(5);
    } finally {
      up.process.kill('SIGTERM');
      expect((await up.finished()).code).toBe(143);
      up.dispose();
    }
  });
});
