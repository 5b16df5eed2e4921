import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LongSequence } from '../../../bench/long/longSequence.js';
import { needleWindow, writeNeedleModel } from '../../../bench/long/needleModel.js';
import { type Needle, needlePrompt, withoutNeedle } from '../../../bench/long/needlePrompt.js';
import { needleTokens } from '../../../bench/long/needleTokens.js';
import { KvClient } from '../../../src/client/kvClient.js';
import type { StepAnswer } from '../../../src/client/stepAnswer.js';
import { Checkpoint } from '../../../src/model/checkpoint.js';
import { RopeTable } from '../../../src/model/ropeTable.js';
import { scratchPath } from '../../support/goldenCases.js';
import { upCluster } from '../../support/upCluster.js';

const blockTokens = 16;
const needleCount = 20;
const { tokens, needles } = needlePrompt(4096, needleCount, 7);
const blockOf = ({ position }: Needle): number => Math.floor((position + 1) / blockTokens);

let folder: string;
beforeAll(() => {
  folder = scratchPath('needle');
  writeNeedleModel(folder);
});

describe('the weights', () => {
  it.each([16, 64])('find the token before their own at any position, with heads of %i', (headDim) => {
    const model = scratchPath('needle');
    writeNeedleModel(model, { headDim });
    const checkpoint = Checkpoint.open(model);
    const weightsOf = (name: string): Float32Array => {
      const values = new Float32Array(headDim * 4 * headDim);
      checkpoint.readFloats(`model.layers.0.self_attn.${name}.weight`, values);
      return values;
    };
    /** Of the constant in the hidden state, which the norm makes sqrt(2) times longer. */
    const projected = (name: string): number[] =>
      Array.from({ length: headDim }, (_, row) => {
        const weight = weightsOf(name)[row * 4 * headDim + 3 * headDim]!;
        return weight * Math.sqrt(2 * headDim);
      });
    const [q, k] = [projected('q_proj'), projected('k_proj')];
    const rope = new RopeTable(checkpoint.config.rope, headDim);
    checkpoint.close();
    for (const position of [needleWindow, 2 ** 20 - 1, 2 ** 24 - 1]) {
      const first = position - needleWindow + 1;
      const { cos, sin } = rope.rotations(
        Array.from({ length: needleWindow }, (_, at) => first + at),
        needleWindow,
      );
      const turned = (values: readonly number[], row: number): number[] => {
        const half = headDim / 2;
        return values.map((value, at) => {
          const turn = row * half + (at % half);
          const other = values[(at + half) % headDim]! * (at < half ? -1 : 1);
          return value * cos[turn]! + other * sin[turn]!;
        });
      };
      const query = turned(q, needleWindow - 1);
      const scores = Array.from({ length: needleWindow }, (_, row) => {
        const key = turned(k, row);
        return query.reduce((sum, value, at) => sum + value * key[at]!, 0) / Math.sqrt(headDim);
      });
      const before = scores.splice(needleWindow - 2, 1)[0]!;
      expect(before - Math.max(...scores)).toBeGreaterThan(39.9);
    }
  });
});

interface Opened {
  readonly client: KvClient;
  close(): Promise<void>;
}

async function open(...flags: string[]): Promise<Opened> {
  const cluster = await upCluster(['--model', folder, '--block-tokens', `${blockTokens}`, ...flags]);
  const client = await KvClient.connect(cluster.address);
  const close = async () => {
    await client.close();
    await cluster.stop();
  };
  return { client, close };
}

async function prefilled(client: KvClient, context: readonly number[]): Promise<LongSequence> {
  const sequence = await LongSequence.create(client, context, new AbortController().signal);
  await sequence.prefill();
  return sequence;
}

async function askAll(sequence: LongSequence): Promise<StepAnswer[]> {
  const answers: StepAnswer[] = [];
  for (const { key } of needles) answers.push((await sequence.ask(key)).step);
  return answers;
}

const idsOf = (answers: readonly StepAnswer[]): (number | undefined)[] =>
  answers.map(({ topIds }) => topIds[0]);
const expected = (replaced?: Needle): number[] =>
  needles.map((needle) => (needle === replaced ? needleTokens.nothing : needle.value));

describe('a context with needles', { timeout: 120_000 }, () => {
  const replaced = needles[11]!;
  let roomy: Opened;
  let client: KvClient;
  let sequence: LongSequence;
  let answers: StepAnswer[];
  beforeAll(async () => {
    roomy = await open('--device-bytes', '64MiB');
    client = roomy.client;
    sequence = await prefilled(client, tokens);
    answers = await askAll(sequence);
  }, 120_000);
  afterAll(() => roomy.close());

  it('gives each fork the value of its key, and nothing for a key that is not there', async () => {
    expect(idsOf(answers)).toEqual(expected());
    for (const { topLogits, logsumexp } of answers) expect(logsumexp - topLogits[0]!).toBeLessThan(1e-3);
    const { from, count } = needleTokens.keys;
    const planted = new Set(needles.map(({ key }) => key));
    const absent = Array.from({ length: count }, (_, at) => from + at).filter((key) => !planted.has(key));
    expect(absent).toHaveLength(count - needleCount);
    for (const key of absent) {
      const { cachedTokens, step } = await sequence.ask(key);
      expect(step.topIds).toEqual([needleTokens.nothing]);
      expect(cachedTokens).toBe(tokens.length);
    }
  });

  it('gives the same logits when most pages lie in pinned memory and on disk', async () => {
    // Of the 512 KiB of each layer, whose pages take 2 KiB each on the device and 4 in pinned memory.
    const tight = await open('--device-bytes', '16KiB', '--pinned-bytes', '256KiB');
    try {
      const cold = await askAll(await prefilled(tight.client, tokens));
      const logitsOf = ({ topIds, topLogits }: StepAnswer) => [topIds, topLogits];
      expect(cold.map(logitsOf)).toEqual(answers.map(logitsOf));
      const loads = cold.flatMap(({ stages }) => stages.map(({ loadedPages }) => loadedPages));
      for (const tier of ['pinned', 'disk'] as const) {
        expect(loads.reduce((sum, pages) => sum + pages[tier], 0)).toBeGreaterThan(needleCount);
      }
    } finally {
      await tight.close();
    }
  });

  it('does not find a needle that a context lacks, but all others', async () => {
    const without = await prefilled(client, withoutNeedle(tokens, replaced));
    expect(idsOf(await askAll(without))).toEqual(expected(replaced));
  });

  it("does not find a needle whose page was replaced by another block's, but all others", async () => {
    const blocks = new Set(needles.map(blockOf));
    const empty = sequence.keys.findIndex((_, block) => !blocks.has(block));
    const block = blockOf(replaced);
    expect(needles.filter((needle) => blockOf(needle) === block)).toEqual([replaced]);
    const pages = [0, 1].map((layer) => ({ block: sequence.keys[block]!, layer }));
    const wanted = [...pages, { block: sequence.keys[empty]!, layer: 1 }];
    const [lower, upper, distractor] = await client.blocks.get(wanted).all();
    const replaceBy = async (page: typeof upper) => {
      // A stream that was closed lets go of its pages a little later.
      const remove = async () => (await client.blocks.remove([sequence.keys[block]!])).heldPages;
      await expect.poll(remove).toBe(0);
      const put = [lower, page].map((got, layer) => {
        if (got?.kind !== 'hit' || got.form !== 'copied') throw new Error('the page is gone');
        return { ...pages[layer]!, blockIndex: block, k: got.k, v: got.v };
      });
      for (const { kind } of await client.blocks.put(put).all()) expect(kind).toBe('stored');
    };
    await replaceBy(distractor);
    expect(idsOf(await askAll(sequence))).toEqual(expected(replaced));
    await replaceBy(upper);
    expect(idsOf(await askAll(sequence))).toEqual(expected());
  });
});
