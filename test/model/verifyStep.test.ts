import { describe, expect, it } from 'vitest';
import { LocalModel, type LocalModelOptions } from '../support/localModel.js';

const blockTokens = 32;
const text = Array.from({ length: 150 }, (_, index) => (index * 37 + ((index * index) % 101)) % 64);
/** How many tokens of a step are right, and how many wrong ones follow; over the edges of blocks. */
const steps = [
  { right: 3, wrong: 5 },
  { right: 1, wrong: 8 },
  { right: 9, wrong: 0 },
  { right: 2, wrong: 1 },
];

interface Computed {
  /** Of every position of the text. */
  readonly logits: readonly Buffer[];
  readonly pages: readonly Buffer[];
}

const bytesOf = (values: Float32Array): Buffer =>
  Buffer.from(values.buffer, values.byteOffset, values.byteLength);

async function compute(
  options: Partial<LocalModelOptions> & { readonly folder: string },
  feed: (model: LocalModel) => Promise<Buffer[]>,
): Promise<Computed> {
  const model = await LocalModel.open({ blockTokens, tokensMax: text.length, ...options });
  const logits = await feed(model);
  const sealed = Math.floor(text.length / blockTokens);
  const pages = model.geometry.layers.flatMap((_, layer) =>
    Array.from({ length: sealed }, (__, block) => model.pageBytes(layer, block)),
  );
  await model.close();
  return { logits, pages };
}

async function oneByOne(model: LocalModel): Promise<Buffer[]> {
  const logits: Buffer[] = [];
  for (const token of text) logits.push(bytesOf((await model.step([token], 'logits'))!));
  return logits;
}

/** Steps whose last tokens are wrong, after each of which the sequence goes back to the right ones. */
async function verified(model: LocalModel): Promise<Buffer[]> {
  const logits: Buffer[] = [];
  for (let turn = 0; logits.length < text.length; turn += 1) {
    const { right, wrong } = steps[turn % steps.length]!;
    const done = logits.length;
    const room = blockTokens - (done % blockTokens);
    const good = text.slice(done, done + Math.min(right, room));
    const bad = text.slice(0, Math.min(wrong, room - good.length)).map((token) => 63 - token);
    const all = (await model.step([...good, ...bad], 'everyLogits'))!;
    const width = all.length / (good.length + bad.length);
    for (const at of good.keys()) logits.push(bytesOf(all.slice(at * width, (at + 1) * width)));
    model.truncate(logits.length);
  }
  return logits;
}

function expectSame(actual: Computed, expected: Computed): void {
  expect(actual.logits).toHaveLength(text.length);
  actual.logits.forEach((logits, position) => {
    expect(logits.equals(expected.logits[position]!), `logits at ${position}`).toBe(true);
  });
  actual.pages.forEach((page, index) => {
    expect(page.equals(expected.pages[index]!), `page ${index}`).toBe(true);
  });
}

describe.each([
  'models/tiny-dts',
  'test/fixtures/golden/llama3-rope',
  'test/fixtures/golden/mistral-window',
  'test/fixtures/golden/qwen3',
  'test/fixtures/golden/smollm3-hybrid',
])('%s', (folder) => {
  it('gives every token of a verified step the bits of a step of its own, also after wrong ones', async () => {
    const single = await compute({ folder }, oneByOne);
    expectSame(await compute({ folder }, verified), single);
    expectSame(await compute({ folder, threads: 2, stages: 2 }, verified), single);
  });

  it('does so with pages in f16', async () => {
    const single = await compute({ folder, dtype: 'f16' }, oneByOne);
    expectSame(await compute({ folder, dtype: 'f16' }, verified), single);
  });
});
