import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type GoldenCase, goldenCases, writeTokens } from '../support/goldenCases.js';
import { runGenerate } from '../support/runGenerate.js';

const fixtures = 'test/fixtures/golden';
const folders = [...readdirSync(fixtures).map((name) => join(fixtures, name)), 'models/tiny-dts'];
const cases = folders.flatMap((model) =>
  goldenCases(model).map((golden) => ({ model, prompt: golden.promptTokens.length, golden })),
);
const logitError = 1e-3;

describe('kvtide generate gives what transformers give', () => {
  it('on checkpoints of every family', () => {
    expect(folders.length).toBeGreaterThan(5);
  });

  it.each(cases)('$model after $prompt tokens', async ({ model, golden }) => {
    const tokensFile = writeTokens(golden.promptTokens);
    const { report } = await runGenerate([
      '--model',
      model,
      '--tokens-file',
      tokensFile,
      '--max-tokens',
      `${golden.greedy.length}`,
    ]);
    expect(report.promptTokens).toBe(golden.promptTokens.length);
    expect(report.tokens).toEqual(golden.greedy);
    expect(report.steps).toHaveLength(golden.steps.length);
    golden.steps.forEach((step, index) => void expectStep(report.steps[index], step));
  });
});

/** Ids whose logits are closer than the error may change places, so logits are compared by id. */
function expectStep(found: GoldenCase['steps'][number] | undefined, golden: GoldenCase['steps'][number]) {
  expect(found?.top).toHaveLength(golden.top.length);
  const lowest = golden.logits.at(-1) ?? Number.NaN;
  found?.logits.forEach((logit, rank) => {
    const wanted = golden.logits[golden.top.indexOf(found.top[rank] ?? -1)] ?? lowest;
    expect(Math.abs(logit - wanted)).toBeLessThan(logitError);
  });
}
