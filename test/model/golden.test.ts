import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { argmax, LocalModel } from '../support/localModel.js';

interface GoldenCase {
  readonly promptTokens: number[];
  readonly greedy: number[];
  readonly firstLogits: number[];
  readonly steps: { readonly top: number[]; readonly logits: number[] }[];
}

const fixtures = new URL('../fixtures/golden/', import.meta.url).pathname;
const folders = [
  ...readdirSync(fixtures).map((name) => join(fixtures, name)),
  new URL('../../models/tiny-dts', import.meta.url).pathname,
];

describe.each(folders)('golden %s', (folder) => {
  const golden = JSON.parse(readFileSync(join(folder, 'golden.json'), 'utf8')) as { cases: GoldenCase[] };

  it.each(golden.cases.map((item, index) => ({ item, index })))('case $index', async ({ item }) => {
    const model = await LocalModel.open({ folder, tokensMax: item.promptTokens.length + item.greedy.length });
    let logits = await model.prefill(item.promptTokens);
    item.firstLogits.forEach((expected, token) => {
      expect(Math.abs((logits[token] ?? Number.NaN) - expected)).toBeLessThan(1e-3);
    });
    for (const [index, expected] of item.greedy.entries()) {
      const step = item.steps[index];
      step?.top.forEach((token, rank) => {
        expect(Math.abs((logits[token] ?? Number.NaN) - (step.logits[rank] ?? 0))).toBeLessThan(1e-3);
      });
      expect(argmax(logits)).toBe(expected);
      logits = (await model.step([expected], 'logits')) ?? logits;
    }
    await model.close();
  });
});
