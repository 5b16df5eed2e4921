import { afterEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { collectGeneration, type Generation } from '../../src/cli/collectGeneration.js';
import { KvClient } from '../../src/client/kvClient.js';
import { blockKeysOf, packBlockKeys } from '../../src/core/blockKey.js';
import { coordinatorEndpoints } from '../../src/rpc/endpoints.js';
import { GrpcNetwork } from '../../src/rpc/grpcNetwork.js';
import { longCase, scratchPath } from '../support/goldenCases.js';
import { type Fleet, type FleetWorker, startFleet } from './fleet.js';
import { Kvtide } from './runKvtide.js';

const hybrid = 'test/fixtures/golden/smollm3-hybrid';
const { promptTokens } = longCase(hybrid);
const prompt = [...promptTokens, ...promptTokens];
const blockTokens = 16;
const maxTokens = 40;
/** The token after which a worker is killed. */
const killAt = 12;
/** A lease by which nobody is missed within a test. */
const endlessMs = 3_600_000;
const model = ['--model', hybrid, '--block-tokens', `${blockTokens}`];
const tight = ['--device-bytes', '96KiB', '--pinned-bytes', '96KiB'];

let fleets: Fleet[] = [];
let clients: KvClient[] = [];
afterEach(async () => {
  for (const client of clients) await client.close();
  for (const fleet of fleets) fleet.dispose();
  clients = [];
  fleets = [];
});

async function fleetOf(stages: number, workers: number, leaseMs?: number): Promise<Fleet> {
  const lease = leaseMs === undefined ? {} : { leaseMs };
  const fleet = await startFleet({ stages, workers, ...lease, flags: [...model, ...tight] });
  fleets.push(fleet);
  return fleet;
}

async function connect(fleet: Fleet): Promise<KvClient> {
  const client = await KvClient.connect(fleet.address, {});
  clients.push(client);
  return client;
}

interface Watched {
  readonly run: Generation;
  readonly warnings: readonly string[];
}

async function decode(client: KvClient, atToken: (count: number) => void = () => {}): Promise<Watched> {
  const warnings: string[] = [];
  let count = 0;
  const watcher = {
    token: () => {
      count += 1;
      atToken(count);
    },
    warn: (message: string) => void warnings.push(message),
  };
  const sampling = { temperature: 0, seed: 1 };
  const request = { prompt, maxTokens, eos: [], topLogits: 5, sampling };
  return { run: await collectGeneration(client, request, { watcher }), warnings };
}

const answersOf = ({ run }: Watched) => run.steps.map(({ topIds, topLogits }) => [topIds, topLogits]);

let undisturbed: Promise<Watched> | null = null;
/** What one worker a stage answers when nothing goes wrong. */
function alone(): Promise<Watched> {
  undisturbed ??= (async () => decode(await connect(await fleetOf(1, 1))))();
  return undisturbed;
}

/** Kills a worker in the middle of a run; `after` may start another one. */
async function decodeLosing(
  fleet: Fleet,
  victim: FleetWorker,
  after: () => Promise<unknown> = async () => {},
): Promise<Watched> {
  const client = await connect(fleet);
  let started: Promise<unknown> = Promise.resolve();
  const watched = await decode(client, (count) => {
    if (count !== killAt) return;
    victim.kill();
    started = after();
  });
  await started;
  return watched;
}

/** It answered as if nothing had happened, and says what was lost with `victim`. */
async function expectMended(watched: Watched, victim: FleetWorker): Promise<void> {
  expect(answersOf(watched)).toEqual(answersOf(await alone()));
  const recoveries = watched.run.recoveries;
  expect(recoveries.length).toBeGreaterThan(0);
  expect(recoveries.some(({ cause }) => cause.includes(victim.id))).toBe(true);
  const lost = recoveries.find(({ lostTokens }) => lostTokens > 0);
  expect(lost?.layers).toEqual({ from: victim.layers[0], to: victim.layers[1] });
  const recomputed = recoveries.reduce((sum, { recomputedTokens }) => sum + recomputedTokens, 0);
  expect(recomputed).toBeGreaterThan(0);
  expect(recomputed).toBeLessThanOrEqual(prompt.length + maxTokens);
  expect(watched.warnings.some((line) => /tokens of layers|of layers \d+ to \d+ are lost/.test(line))).toBe(
    true,
  );
}

/** Waits until the cluster calls a worker lost; then no look-up names it. */
async function untilMissed(fleet: Fleet, client: KvClient, { id }: FleetWorker): Promise<void> {
  const blocks = packBlockKeys(blockKeysOf(await client.rootKey(), prompt, blockTokens));
  const { namespace } = await client.model();
  const coordinator = new GrpcNetwork().dial(fleet.address);
  try {
    for (;;) {
      const { workers } = await client.describe();
      const located = await coordinator.request(coordinatorEndpoints.locate, { namespace, blocks });
      const named = workers.filter((worker) => worker.id === id && worker.state !== 'lost');
      if (named.length === 0) {
        expect(workers.find((worker) => worker.id === id)?.pages).toBe(0);
        expect(JSON.stringify(located)).not.toContain(id);
        return;
      }
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  } finally {
    coordinator.close();
  }
}

describe('a worker that is killed while a sequence is decoded', () => {
  it('as the lead of a stage of two: the second takes over, same tokens', async () => {
    const fleet = await fleetOf(1, 2);
    const victim = fleet.workers[0]!;
    const watched = await decodeLosing(fleet, victim);
    await expectMended(watched, victim);
  }, 120_000);

  it('as the only one of its stage: a spare that is started takes it, same tokens', async () => {
    const fleet = await fleetOf(2, 2);
    const victim = fleet.workers[1]!;
    const watched = await decodeLosing(fleet, victim, () => fleet.start(1));
    await expectMended(watched, victim);
    expect(watched.warnings.some((line) => line.includes('waiting for another worker'))).toBe(true);
  }, 120_000);

  it('as the only one of its stage, started again with its disk: what that holds is not computed again', async () => {
    const fleet = await fleetOf(2, 0);
    const disk = scratchPath('disk');
    const [, victim] = await Promise.all([fleet.start(0), fleet.start(1, ['--data-dir', disk])]);
    const client = await connect(fleet);
    // Its disk has what was flushed.
    await decode(client);
    await client.blocks.flush();
    const watched = await decodeLosing(fleet, victim, () => fleet.start(1, ['--data-dir', disk]));
    await expectMended(watched, victim);
    const recomputed = watched.run.recoveries.reduce((sum, one) => sum + one.recomputedTokens, 0);
    expect(recomputed).toBeLessThan(prompt.length);
  }, 120_000);

  it.each([1, 2])(
    'as number %i of four, two a stage: same tokens',
    async (number) => {
      const fleet = await fleetOf(2, 4);
      const victim = fleet.workers[number]!;
      const watched = await decodeLosing(fleet, victim);
      expect(answersOf(watched)).toEqual(answersOf(await alone()));
      expect(watched.run.recoveries.length).toBeGreaterThan(0);
    },
    120_000,
  );

  it('is missed by its connection, whatever the lease, and not named any longer', async () => {
    const fleet = await fleetOf(1, 2, endlessMs);
    const client = await connect(fleet);
    await decode(client);
    const victim = fleet.workers[1]!;
    victim.kill();
    await untilMissed(fleet, client, victim);
    const { cluster } = await client.status();
    expect(cluster.workers.find(({ id }) => id === victim.id)?.state).toBe('lost');
  }, 120_000);

  it('or stands still is missed by its lease, and serves again when it goes on', async () => {
    const fleet = await fleetOf(1, 2);
    const client = await connect(fleet);
    const victim = fleet.workers[1]!;
    victim.pause();
    await untilMissed(fleet, client, victim);
    victim.resume();
    for (;;) {
      const { workers } = await client.describe();
      if (workers.some(({ id, state }) => id === victim.id && state === 'ready')) break;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    expect(answersOf(await decode(client))).toEqual(answersOf(await alone()));
  }, 120_000);

  it('in a cluster of one command is started again by it, and those that it serves go on', async () => {
    const shape = ['--stages', '2', '--listen', '127.0.0.1:0', '--json'];
    const up = new Kvtide(['up', ...model, ...tight, ...shape]);
    try {
      await up.says('"workers"');
      const ready = z.object({ address: z.string(), workers: z.array(z.object({ pid: z.number() })) });
      const { address, workers } = ready.parse(JSON.parse(up.stdout.split('\n')[0]!));
      const client = await KvClient.connect(address, {});
      clients.push(client);
      const victim = workers[1]!.pid;
      const watched = await decode(client, (count) => {
        if (count === killAt) process.kill(victim, 'SIGKILL');
      });
      expect(answersOf(watched)).toEqual(answersOf(await alone()));
      expect(watched.run.recoveries.length).toBeGreaterThan(0);
      expect(up.stderr).toMatch(/pid \d+\) ended unasked by SIGKILL; it is started again/);
      up.process.kill('SIGTERM');
      // As after any SIGTERM.
      expect((await up.finished()).code).toBe(143);
    } finally {
      up.dispose();
    }
  }, 120_000);
});
