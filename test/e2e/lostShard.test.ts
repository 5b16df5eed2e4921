import { afterEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { collectGeneration } from '../../src/cli/collectGeneration.js';
import { KvClient } from '../../src/client/kvClient.js';
import { longCase } from '../support/goldenCases.js';
import { Kvtide } from './runKvtide.js';

const hybrid = 'test/fixtures/golden/smollm3-hybrid';
const { promptTokens } = longCase(hybrid);
const prompt = [...promptTokens, ...promptTokens];
const readySchema = z.object({ address: z.string() });
const maxTokens = 24;

let started: Kvtide[] = [];
let client: KvClient | null = null;
afterEach(async () => {
  await client?.close();
  client = null;
  for (const one of started) one.dispose();
  started = [];
});

async function start(args: readonly string[]): Promise<{ readonly run: Kvtide; readonly address: string }> {
  const run = new Kvtide([...args, '--listen', '127.0.0.1:0', '--json']);
  started.push(run);
  await run.says('"address"');
  return { run, address: readySchema.parse(JSON.parse(run.stdout.split('\n')[0]!)).address };
}

/** A stage of `count` workers; the first leads. */
async function stageOf(count: number) {
  const coordinator = await start([
    'coordinator',
    '--stages',
    '1',
    '--workers',
    `${count}`,
    '--lease-ms',
    '1000',
  ]);
  const model = [
    '--model',
    hybrid,
    '--block-tokens',
    '16',
    '--device-bytes',
    '64KiB',
    '--pinned-bytes',
    '64KiB',
  ];
  const workers = [];
  for (let worker = 0; worker < count; worker += 1) {
    workers.push(await start(['worker', '--coordinator', coordinator.address, ...model]));
  }
  client = await KvClient.connect(coordinator.address, {});
  return { client, workers };
}

/** @param atToken called after each token. */
async function decode(kv: KvClient, atToken: (count: number) => void = () => {}) {
  let count = 0;
  let warnings = 0;
  const request = {
    prompt,
    maxTokens,
    eos: [],
    topLogits: 5,
    sampling: { temperature: 0, seed: 1 },
  };
  const watcher = {
    token: () => {
      count += 1;
      atToken(count);
    },
    warn: () => {
      warnings += 1;
    },
  };
  const run = await collectGeneration(kv, request, { watcher });
  const logits = run.steps.map(({ topIds, topLogits }) => [topIds, topLogits]);
  return { tokens: run.tokens, logits, peerPages: run.prefetch.peerPages, warnings };
}

describe('a worker that keeps pages for another one', () => {
  it('is killed while a sequence is decoded: what it kept is computed again, and the tokens are the same', async () => {
    const alone = await decode((await stageOf(1)).client);
    await client?.close();
    const { client: kv, workers } = await stageOf(2);
    const victim = workers[1]!.run.process;
    const run = await decode(kv, (count) => {
      if (count === 8) victim.kill('SIGKILL');
    });
    expect(victim.killed).toBe(true);
    expect(run.warnings).toBeGreaterThan(0);
    expect(run.peerPages).toBeGreaterThan(0);
    expect(run.tokens).toEqual(alone.tokens);
    expect(run.logits).toEqual(alone.logits);
  }, 120_000);
});
