import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { collectGeneration } from '../../src/cli/collectGeneration.js';
import { KvClient } from '../../src/client/kvClient.js';
import { longCase } from '../support/goldenCases.js';
import { Kvtide } from './runKvtide.js';

const hybrid = 'test/fixtures/golden/smollm3-hybrid';
const { promptTokens } = longCase(hybrid);
const prompt = [...promptTokens, ...promptTokens];
const maxTokens = 24;
const killAt = 8;
/** What a dead worker may stay in the cluster's description. */
const detectionMsMax = 2_000;
const readySchema = z.object({ address: z.string(), id: z.string() });

interface Server {
  readonly run: Kvtide;
  readonly address: string;
  readonly id: string;
}

let started: Kvtide[] = [];
let client: KvClient | null = null;
afterEach(async () => {
  await client?.close();
  client = null;
  for (const one of started) one.dispose();
  started = [];
});

async function start(args: readonly string[]): Promise<Server> {
  const run = new Kvtide([...args, '--listen', '127.0.0.1:0', '--json']);
  started.push(run);
  await run.says('"address"');
  return { run, ...readySchema.parse(JSON.parse(run.stdout.split('\n')[0]!)) };
}

const modelFlags = ['--model', hybrid, '--block-tokens', '16', '--device-bytes', '96KiB'];

/** Workers in the order in which they joined: one of each stage, then the second of each. */
async function clusterOf(stages: number, workers: number) {
  const flags = ['--stages', `${stages}`, '--workers', `${workers}`];
  const coordinator = await start(['coordinator', ...flags]);
  const startWorker = (stage: number) =>
    start(['worker', '--coordinator', coordinator.address, '--stage', `${stage}`, ...modelFlags]);
  const servers = await Promise.all(Array.from({ length: workers }, (_, at) => startWorker(at % stages)));
  client = await KvClient.connect(coordinator.address, {});
  return { client, servers, startWorker };
}

/** @param atToken called after each token. */
async function decode(kv: KvClient, atToken: (count: number) => void = () => {}) {
  let count = 0;
  const warnings: string[] = [];
  const request = { prompt, maxTokens, eos: [], topLogits: 5, sampling: { temperature: 0, seed: 1 } };
  const watcher = {
    token: () => {
      count += 1;
      atToken(count);
    },
    warn: (message: string) => void warnings.push(message),
  };
  const run = await collectGeneration(kv, request, { watcher });
  const logits = run.steps.map(({ topIds, topLogits }) => [topIds, topLogits]);
  const { tokens, recoveries, recomputedTokens } = run;
  return { tokens, logits, warnings, recoveries, recomputedTokens };
}

let undisturbed: Awaited<ReturnType<typeof decode>>;
beforeAll(async () => {
  undisturbed = await decode((await clusterOf(1, 1)).client);
  expect(undisturbed).toMatchObject({ warnings: [], recoveries: 0, recomputedTokens: 0 });
}, 60_000);

describe('a worker that is killed while a sequence is decoded', () => {
  it('leads its stage: the other one goes on, with the same tokens, and nobody names the dead one', async () => {
    const { client: kv, servers } = await clusterOf(1, 2);
    const plan = (await kv.describe()).workers;
    const lead = servers.find(({ id }) => id === plan[0]!.id)!;
    let killedMs = 0;
    const gone = async (): Promise<number> => {
      for (;;) {
        const { workers } = await kv.describe();
        if (workers.every(({ id, state }) => id !== lead.id || state === 'lost'))
          return performance.now() - killedMs;
      }
    };
    let detection: Promise<number> | null = null;
    const run = await decode(kv, (count) => {
      if (count !== killAt) return;
      killedMs = performance.now();
      lead.run.process.kill('SIGKILL');
      detection = gone();
    });
    expect(run.tokens).toEqual(undisturbed.tokens);
    expect(run.logits).toEqual(undisturbed.logits);
    expect(run.recoveries).toBeGreaterThan(0);
    expect(run.recomputedTokens).toBeGreaterThan(0);
    expect(run.warnings.some((line) => line.includes('are computed again'))).toBe(true);
    expect(await detection).toBeLessThan(detectionMsMax);
    const { tokens, logits } = await decode(kv);
    expect({ tokens, logits }).toEqual({ tokens: undisturbed.tokens, logits: undisturbed.logits });
  }, 120_000);

  it('is the only one of its stage: the run waits for a spare, and goes on with the same tokens', async () => {
    const { client: kv, servers, startWorker } = await clusterOf(2, 2);
    let spare: Promise<Server> | null = null;
    const run = await decode(kv, (count) => {
      if (count !== killAt) return;
      servers[1]!.run.process.kill('SIGKILL');
      spare = startWorker(1);
    });
    await spare;
    expect(run.tokens).toEqual(undisturbed.tokens);
    expect(run.logits).toEqual(undisturbed.logits);
    expect(run.warnings.some((line) => line.includes('waiting for another worker'))).toBe(true);
  }, 120_000);
});
