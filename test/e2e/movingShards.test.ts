import { afterEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { KvClient } from '../../src/client/kvClient.js';
import { ClientSession } from '../../src/decode/clientSession.js';
import { generate, type Speculation } from '../../src/decode/generate.js';
import { systemClock } from '../../src/observe/systemClock.js';
import { longCase } from '../support/goldenCases.js';
import { Kvtide } from './runKvtide.js';

const hybrid = 'test/fixtures/golden/smollm3-hybrid';
const { promptTokens } = longCase(hybrid);
/** Long enough that the last octave has a chunk for each of three workers. */
const prompt = [...promptTokens, ...promptTokens, ...promptTokens];
const readySchema = z.object({ address: z.string() });
const model = [
  '--model',
  hybrid,
  '--block-tokens',
  '16',
  '--device-bytes',
  '128KiB',
  '--pinned-bytes',
  '128KiB',
];

let started: Kvtide[] = [];
let client: KvClient | null = null;
afterEach(stop);

async function stop(): Promise<void> {
  await client?.close();
  client = null;
  for (const one of started) one.dispose();
  started = [];
}

async function start(args: readonly string[]): Promise<string> {
  const run = new Kvtide([...args, '--listen', '127.0.0.1:0', '--json']);
  started.push(run);
  await run.says('"address"');
  return readySchema.parse(JSON.parse(run.stdout.split('\n')[0]!)).address;
}

/** A stage with three seats, of which some are taken. */
class Stage {
  readonly addresses: string[] = [];

  private constructor(
    readonly coordinator: string,
    readonly kv: KvClient,
  ) {}

  static async of(workers: number): Promise<Stage> {
    const coordinator = await start(['coordinator', '--stages', '1', '--workers', '3', '--lease-ms', '1000']);
    client = await KvClient.connect(coordinator, {});
    const stage = new Stage(coordinator, client);
    for (let worker = 0; worker < workers; worker += 1) await stage.join();
    return stage;
  }

  async join(): Promise<void> {
    this.addresses.push(await start(['worker', '--coordinator', this.coordinator, '--stage', '0', ...model]));
  }

  figures(worker: number) {
    return this.kv.workerFigures(this.addresses[worker]!);
  }

  async drain(worker: number): Promise<Kvtide> {
    const { id } = await this.figures(worker);
    const run = new Kvtide(['drain', id, '--cluster', this.coordinator]);
    started.push(run);
    return run;
  }
}

interface Decoded {
  readonly tokens: readonly number[];
  readonly logits: readonly unknown[];
  readonly recoveries: readonly string[];
}

/** Between two tokens, so that what happens meanwhile takes hundreds of tokens and not thousands. */
const paceMs = 20;
const maxTokens = 3_000;

/** Decodes until `goesOn` says no, asked after each token. */
async function decode(
  kv: KvClient,
  speculate: Speculation,
  goesOn: (tokens: number) => boolean | Promise<boolean>,
): Promise<Decoded> {
  const session = await ClientSession.create(kv, prompt);
  const sampling = { temperature: 0, seed: 1 };
  const request = { prompt, maxTokens, eos: [], topLogits: 5, sampling, speculate };
  const [tokens, logits, recoveries] = [[] as number[], [] as unknown[], [] as string[]];
  for await (const event of generate(session, request, systemClock)) {
    if (event.kind === 'recovered') recoveries.push(event.cause.message);
    if (event.kind !== 'token') continue;
    tokens.push(event.token);
    logits.push([event.step.topIds, event.step.topLogits]);
    if (!(await goesOn(tokens.length))) break;
  }
  return { tokens, logits, recoveries };
}

/** Decodes slowly until it is told to end. */
class Decoding {
  readonly ended: Promise<Decoded>;
  #tokens = 0;
  #isAsked = false;

  constructor(kv: KvClient, speculate: Speculation) {
    this.ended = decode(kv, speculate, async (tokens) => {
      this.#tokens = tokens;
      await new Promise((resolve) => setTimeout(resolve, paceMs));
      return !this.#isAsked;
    });
    this.ended.catch(() => {}); // `end` tells
  }

  /** Waits until so many more tokens have come. */
  async goOn(tokens: number): Promise<void> {
    const goal = this.#tokens + tokens;
    const failed = this.ended.then(() => {
      throw new Error('it has ended');
    });
    await Promise.race([until(async () => this.#tokens >= goal), failed]);
  }

  async end(): Promise<Decoded> {
    this.#isAsked = true;
    return await this.ended;
  }
}

async function until(isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo())) await new Promise((resolve) => setTimeout(resolve, 20));
}

describe('while sequences are decoded', () => {
  it('a worker joins their stage and another one is drained, and every step is the same, bit by bit', async () => {
    const stage = await Stage.of(2);
    const plain = new Decoding(stage.kv, 'none');
    await plain.goOn(1);
    const speculated = new Decoding(stage.kv, 'ngram');
    await speculated.goOn(1);
    await until(async () => (await stage.figures(1)).attends > 0);

    await stage.join();
    await until(async () => (await stage.figures(2)).attends > 0);
    await Promise.all([plain.goOn(8), speculated.goOn(8)]);

    const { code, stderr } = await (await stage.drain(1)).finished();
    expect([code, stderr]).toEqual([0, expect.stringMatching(/keeps \d+ pages for others/)]);
    const second = await stage.figures(1);
    expect(second.keptPages).toBe(0);
    await until(async () => (await stage.figures(2)).keptPages > 0);
    const before = (await stage.figures(2)).attends;
    await Promise.all([plain.goOn(8), speculated.goOn(8)]);
    expect((await stage.figures(2)).attends).toBeGreaterThan(before);
    expect((await stage.figures(1)).attends).toBe(second.attends);

    const runs = [await plain.end(), await speculated.end()];
    await stop();
    const most = Math.max(...runs.map(({ tokens }) => tokens.length));
    const alone = await decode((await Stage.of(1)).kv, 'none', (tokens) => tokens < most);
    for (const { tokens, logits, recoveries } of runs) {
      expect(recoveries).toEqual([]);
      expect(tokens).toEqual(alone.tokens.slice(0, tokens.length));
      expect(logits).toEqual(alone.logits.slice(0, tokens.length));
    }
  }, 240_000);
});
