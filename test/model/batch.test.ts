import { describe, expect, it } from 'vitest';
import { halfPageBytes } from '../../src/core/geometry.js';
import { PagePlanes } from '../../src/device/pagePlanes.js';
import { Checkpoint } from '../../src/model/checkpoint.js';
import type { LayerLane, LayerPart } from '../../src/model/layerLane.js';
import { LayerRunner } from '../../src/model/layerRunner.js';
import { geometryOf } from '../../src/model/modelConfig.js';
import type { StepOutput, WantedOutput } from '../../src/model/stepTypes.js';
import { HeapSlab } from '../support/heapSlab.js';
import { ResidentPages } from '../support/residentPages.js';
import { writeCheckpoint } from '../support/writeCheckpoint.js';

const blockTokens = 16;
const tokensMax = 96;

const shapes = {
  GQA: { num_attention_heads: 4, num_key_value_heads: 2 },
  MHA: { num_attention_heads: 2, num_key_value_heads: 2 },
  'a window': { model_type: 'mistral', architectures: undefined, sliding_window: 20 },
};

/** Sequences of one model, which all have their pages in one slab. */
class Sequences {
  readonly lane: LayerLane;
  readonly otherLane: LayerLane;
  readonly #runner: LayerRunner;
  readonly #pages: readonly ResidentPages[];
  readonly #lengths: number[];

  private constructor(runner: LayerRunner, pages: readonly ResidentPages[]) {
    this.#runner = runner;
    this.lane = runner.lane();
    this.otherLane = runner.lane();
    this.#pages = pages;
    this.#lengths = pages.map(() => 0);
  }

  static async open(folder: string, count: number): Promise<Sequences> {
    const checkpoint = Checkpoint.open(folder);
    const geometry = geometryOf(checkpoint.config, { dtype: 'f32', blockTokens });
    const layers = { from: 0, to: geometry.layers.length };
    const slots = layers.to * Math.ceil(tokensMax / blockTokens);
    const slab = new HeapSlab(count * slots * 2 * halfPageBytes(geometry));
    const planes = new PagePlanes(slab, geometry);
    const runner = await LayerRunner.open({ model: checkpoint, layers, geometry, planes, threads: 1 });
    checkpoint.close();
    const pages = Array.from({ length: count }, (_, at) => {
      return new ResidentPages(geometry, layers, tokensMax, undefined, { planes, firstSlot: at * slots });
    });
    return new Sequences(runner, pages);
  }

  part(at: number, tokens: readonly number[], output: WantedOutput): LayerPart {
    const position = this.#lengths[at]!;
    const pages = this.#pages[at]!;
    pages.begin(position, tokens.length);
    this.#lengths[at] = position + tokens.length;
    return {
      input: { position, tokens: Uint32Array.from(tokens), hidden: null, output },
      pages,
      peers: null,
    };
  }

  /** Computes a text of each sequence by itself, in blocks. */
  async prefill(texts: readonly (readonly number[])[]): Promise<void> {
    for (const [at, text] of texts.entries()) {
      for (let done = 0; done < text.length; done += blockTokens) {
        await this.lane.step([this.part(at, text.slice(done, done + blockTokens), 'logits')]);
      }
    }
  }

  async close(): Promise<void> {
    await this.#runner.close();
  }
}

const texts = [37, 5, 16, 50].map((length, seed) =>
  Array.from({ length }, (_, index) => (index * 37 + seed * 91 + ((index * index) % 101)) % 256),
);

function logitsOf(outputs: readonly StepOutput[]): Buffer[] {
  return outputs.map((output) => {
    if (output.kind !== 'logits') throw new Error('no logits');
    const { buffer, byteOffset, byteLength } = output.logits;
    return Buffer.from(buffer.slice(byteOffset, byteOffset + byteLength));
  });
}

/** Three steps of all sequences; the second verifies several tokens in one of them. */
const steps: readonly (readonly number[])[][] = [
  [[1], [2], [3], [4]],
  [[5], [6, 7, 8], [9], [10]],
  [[11], [12], [13], [14]],
];
const wanted = (tokens: readonly number[]): WantedOutput => (tokens.length > 1 ? 'everyLogits' : 'logits');

describe.each(Object.entries(shapes))('a batch, %s', (_, config) => {
  it('gives each sequence the bits that it has alone', async () => {
    const folder = writeCheckpoint({ config });
    const alone = await Sequences.open(folder, texts.length);
    const together = await Sequences.open(folder, texts.length);
    await alone.prefill(texts);
    await together.prefill(texts);
    for (const step of steps) {
      const expected: Buffer[] = [];
      for (const [at, tokens] of step.entries()) {
        expected.push(...logitsOf(await alone.lane.step([alone.part(at, tokens, wanted(tokens))])));
      }
      const parts = step.map((tokens, at) => together.part(at, tokens, wanted(tokens)));
      const actual = logitsOf(await together.lane.step(parts));
      expect(actual.map((one, at) => one.equals(expected[at]!))).toEqual(texts.map(() => true));
    }
    await alone.close();
    await together.close();
  });
});

it('two lanes that overlap do not disturb each other', async () => {
  const folder = writeCheckpoint({ config: shapes['a window'] });
  const alone = await Sequences.open(folder, texts.length);
  const together = await Sequences.open(folder, texts.length);
  await alone.prefill(texts);
  await together.prefill(texts);
  const prefill = Array.from({ length: 11 }, (_, at) => at);
  const [expectedPrefill] = logitsOf(await alone.lane.step([alone.part(0, prefill, 'logits')]));
  const [expectedStep] = logitsOf(await alone.lane.step([alone.part(3, [7], 'logits')]));
  const [one, other] = await Promise.all([
    together.otherLane.step([together.part(0, prefill, 'logits')]),
    together.lane.step([together.part(3, [7], 'logits')]),
  ]);
  expect(logitsOf(one)[0]!.equals(expectedPrefill!)).toBe(true);
  expect(logitsOf(other)[0]!.equals(expectedStep!)).toBe(true);
  await alone.close();
  await together.close();
});

it('a prefill among others is refused', async () => {
  const sequences = await Sequences.open(writeCheckpoint({ config: shapes.GQA }), 2);
  const parts = [sequences.part(0, [1, 2, 3], 'none'), sequences.part(1, [1], 'logits')];
  await expect(sequences.lane.step(parts)).rejects.toThrow('a prefill was put into a batch');
  await sequences.close();
});
