import { expect, it } from 'vitest';
import { longCase, writeTokens } from '../support/goldenCases.js';
import { runGenerate } from '../support/runGenerate.js';

const models = ['qwen3', 'smollm3-hybrid', 'mistral-window'].map((name) => `test/fixtures/golden/${name}`);

async function generate(model: string) {
  const tokensFile = writeTokens(longCase(model).promptTokens);
  const tight = ['--block-tokens', '32', '--device-bytes', '160KiB', '--pinned-bytes', '64KiB'];
  const run = await runGenerate([
    '--model',
    model,
    '--tokens-file',
    tokensFile,
    '--max-tokens',
    '8',
    ...tight,
  ]);
  return run.report;
}

it('three runs at once give the answers of each alone', async () => {
  const alone = [];
  for (const model of models) alone.push(await generate(model));
  const together = await Promise.all(models.map(generate));
  expect(together.map(({ steps }) => steps)).toEqual(alone.map(({ steps }) => steps));
  expect(new Set(alone.map(({ steps }) => JSON.stringify(steps))).size).toBe(models.length);
  const workers = together.flatMap((report) => report.workers);
  expect(new Set(workers.map(({ pid }) => pid)).size).toBe(2 * models.length);
  expect(new Set(workers.map(({ id }) => id)).size).toBe(2 * models.length);
});
