import { describe, expect, it } from 'vitest';
import { LocalModel, type LocalModelOptions } from '../support/localModel.js';
import { writeCheckpoint } from '../support/writeCheckpoint.js';

const text = Array.from({ length: 150 }, (_, index) => (index * 37 + ((index * index) % 101)) % 256);

const shapes = {
  GQA: { num_attention_heads: 4, num_key_value_heads: 2 },
  MHA: { num_attention_heads: 4, num_key_value_heads: 4 },
  MQA: { num_attention_heads: 4, num_key_value_heads: 1 },
  'MQA, wide heads': { num_attention_heads: 2, num_key_value_heads: 1, head_dim: 160 },
  'one head': { num_attention_heads: 1, num_key_value_heads: 1, head_dim: 32 },
  'odd sizes': { hidden_size: 42, intermediate_size: 37, num_attention_heads: 3, num_key_value_heads: 3 },
  window: mistral(40),
  'window inside a block': mistral(9),
  'window of one': mistral(1),
  'q and k norms': { model_type: 'qwen3', architectures: undefined, head_dim: 16 },
};

function mistral(window: number) {
  return { model_type: 'mistral', architectures: undefined, sliding_window: window };
}

interface Computed {
  readonly pages: Buffer[];
  readonly logits: Buffer;
}

async function compute(
  options: Partial<LocalModelOptions> & { readonly folder: string },
  feed: (model: LocalModel) => Promise<Float32Array>,
): Promise<Computed> {
  const model = await LocalModel.open({ blockTokens: 32, tokensMax: text.length, ...options });
  const logits = await feed(model);
  const layers = model.geometry.layers.length;
  const sealed = Math.floor(text.length / model.geometry.blockTokens);
  const pages = Array.from({ length: layers * sealed }, (_, index) =>
    model.pageBytes(Math.floor(index / sealed), index % sealed),
  );
  await model.close();
  return { pages, logits: Buffer.from(logits.buffer, logits.byteOffset, logits.byteLength) };
}

const prefill = (model: LocalModel): Promise<Float32Array> => model.prefill(text);

async function decode(model: LocalModel): Promise<Float32Array> {
  let logits: Float32Array = new Float32Array();
  for (const token of text) logits = (await model.step([token], 'logits')) ?? logits;
  return logits;
}

/** Pieces of uneven lengths, none across a block. */
async function pieces(model: LocalModel): Promise<Float32Array> {
  let logits: Float32Array = new Float32Array();
  const lengths = [5, 27, 1, 2, 29, 31, 1, 16, 16, 22];
  let done = 0;
  for (const length of lengths) {
    logits = (await model.step(text.slice(done, done + length), 'logits')) ?? logits;
    done += length;
  }
  return logits;
}

function expectSame(actual: Computed, expected: Computed): void {
  expect(actual.pages.length).toBe(expected.pages.length);
  actual.pages.forEach((page, index) => {
    expect(page.equals(expected.pages[index] ?? Buffer.alloc(0)), `page ${index}`).toBe(true);
  });
  expect(actual.logits.equals(expected.logits), 'logits').toBe(true);
}

describe.each(Object.entries(shapes))('%s', (_, config) => {
  const folder = writeCheckpoint({ config });

  it('decodes, prefills and mixes both to the same pages and logits', async () => {
    const whole = await compute({ folder }, prefill);
    expect(whole.pages.every((page) => page.some((byte) => byte !== 0))).toBe(true);
    expectSame(await compute({ folder }, decode), whole);
    expectSame(await compute({ folder }, pieces), whole);
  });

  it('does not depend on stages, threads, runs or the order in which pages come', async () => {
    const whole = await compute({ folder }, prefill);
    expectSame(await compute({ folder, stages: 2 }, prefill), whole);
    expectSame(await compute({ folder, threads: 2 }, prefill), whole);
    expectSame(await compute({ folder, threads: 2, stages: 2 }, decode), whole);
    expectSame(await compute({ folder, arrival: { order: 'descending', runMax: 1 } }, prefill), whole);
    expectSame(await compute({ folder, arrival: { order: 'shuffled', runMax: 2 } }, decode), whole);
  });

  it('does the same with pages in f16', async () => {
    const whole = await compute({ folder, dtype: 'f16' }, prefill);
    expectSame(await compute({ folder, dtype: 'f16', threads: 2 }, decode), whole);
  });
});
