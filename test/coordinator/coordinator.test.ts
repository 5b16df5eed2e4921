import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Coordinator } from '../../src/coordinator/coordinator.js';
import { LmdbStateStore } from '../../src/coordinator/lmdbStateStore.js';
import { type CoordinatorOptions, defaultCoordinatorOptions } from '../../src/coordinator/options.js';
import { type BlockKey, packBlockKeys, unpackBlockKeys } from '../../src/core/blockKey.js';
import type { Peer } from '../../src/core/ports/network.js';
import { CoordinatorMetrics } from '../../src/observe/coordinatorMetrics.js';
import { silentLogger } from '../../src/observe/logger.js';
import { Metrics } from '../../src/observe/metrics.js';
import { systemClock } from '../../src/observe/systemClock.js';
import { systemRandom } from '../../src/observe/systemRandom.js';
import { coordinatorEndpoints as calls } from '../../src/rpc/endpoints.js';
import { geometryMessage } from '../../src/rpc/geometryMessage.js';
import { GrpcNetwork } from '../../src/rpc/grpcNetwork.js';
import { ownProtocol } from '../../src/rpc/protocolCheck.js';
import { chainOf, geometry } from './clusterParts.js';
import { FakeWorker } from './fakeWorker.js';

const protocol = ownProtocol();
const network = new GrpcNetwork();

describe('Coordinator over gRPC', () => {
  let folder = '';
  let coordinator: Coordinator;
  let client: Peer;
  let metrics: Metrics;
  const workers: FakeWorker[] = [];

  async function start(options: Partial<CoordinatorOptions> = {}, listen = '127.0.0.1:0'): Promise<void> {
    metrics = new Metrics();
    coordinator = await Coordinator.start(
      listen,
      {
        network,
        clock: systemClock,
        random: systemRandom,
        store: new LmdbStateStore(folder),
        log: silentLogger,
        metrics: new CoordinatorMetrics(metrics),
        metricsAddress: '127.0.0.1:9',
      },
      { ...defaultCoordinatorOptions, ...options },
    );
    client = network.dial(coordinator.address);
  }

  async function stop(): Promise<void> {
    for (const worker of workers.splice(0)) worker.die();
    client.close();
    await coordinator.close();
  }

  /** Two workers that serve, each with its layers of `blocks`. */
  async function serve(blocks: readonly BlockKey[] = []): Promise<[FakeWorker, FakeWorker]> {
    const pair: [FakeWorker, FakeWorker] = [worker('a'), worker('bb')];
    for (const one of pair) {
      await one.register();
      await one.ready();
    }
    for (const one of pair) await one.inventory(blocks);
    return pair;
  }

  function worker(name: string): FakeWorker {
    const one = new FakeWorker(network, coordinator.address, name);
    workers.push(one);
    return one;
  }

  const describeCluster = () => client.request(calls.describe, { protocol });

  async function create(blocks: readonly BlockKey[], tokens: number) {
    const { namespace } = await describeCluster();
    return client.request(calls.createSequence, {
      protocol,
      namespace,
      blocks: packBlockKeys(blocks),
      tokens,
    });
  }

  /** Asks until the cluster answers as wanted. */
  async function until(wanted: (cluster: Awaited<ReturnType<typeof describeCluster>>) => boolean) {
    for (;;) {
      const cluster = await describeCluster();
      if (wanted(cluster)) return cluster;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'kvtide-coordinator-'));
    await start();
  });

  afterEach(async () => {
    await stop();
    rmSync(folder, { recursive: true, force: true });
  });

  it('goes from nobody to a served sequence', async () => {
    expect(await describeCluster()).toMatchObject({ ready: false, waitingFor: '2 workers', namespace: '' });
    await expect(create([], 1)).rejects.toMatchObject({ kind: 'unavailable' });
    const chain = chainOf(5);
    const [first, second] = await serve(chain.slice(0, 3));
    const cluster = await describeCluster();
    expect(cluster).toMatchObject({ ready: true, waitingFor: '' });
    expect(cluster.workers.map(({ state, pages }) => ({ state, pages }))).toEqual([
      { state: 'ready', pages: 6 },
      { state: 'ready', pages: 6 },
    ]);
    const created = await create(chain, 5 * 16 + 2);
    expect(created).toMatchObject({ cachedBlocks: 3, tokens: 82 });
    expect(created.plan?.stages.map((stage) => [stage.worker, stage.layers])).toEqual([
      [first.id, { from: 0, to: 2 }],
      [second.id, { from: 2, to: 4 }],
    ]);
    await first.tell({ added: first.pages(chain.slice(3)) });
    await second.tell({ added: second.pages(chain.slice(3)) });
    const { namespace } = cluster;
    const blocks = packBlockKeys(chain);
    expect(await client.request(calls.lookup, { namespace, blocks })).toMatchObject({ cachedBlocks: 5 });
    await second.tell({ removed: second.pages(chain.slice(1, 2)) });
    expect(await client.request(calls.lookup, { namespace, blocks })).toMatchObject({ cachedBlocks: 1 });
  });

  it('asks for the whole inventory when a number is missing', async () => {
    const [first] = await serve(chainOf(2));
    first.skipNumber();
    expect(await first.tell({ removed: first.pages(chainOf(1)) })).toMatchObject({ resend: true });
    expect(await first.tell({ whole: true, added: first.pages(chainOf(1)) })).toMatchObject({
      resend: false,
    });
    const { workers: told } = await describeCluster();
    expect(told.find(({ worker: id }) => id === first.id)?.pages).toBe(2);
  });

  it('notices a dead worker by its inventory stream, at once', async () => {
    await stop();
    await start({ leaseMs: 600_000, loadLeaseMs: 600_000 });
    const [first] = await serve();
    const before = await describeCluster();
    first.die();
    const after = await until(({ ready }) => !ready);
    expect(after.epoch).toBeGreaterThan(before.epoch);
    expect(after.waitingFor).toBe(`stage 0 (layers 0 to 1): worker ${first.id} is lost`);
    expect(await metrics.text()).toContain('kvtide_worker_losses_total{cause="stream"} 1');
    const again = worker('a');
    again.id = first.id;
    await again.register();
    await again.ready();
    await again.inventory();
    expect(await describeCluster()).toMatchObject({ ready: true, namespace: before.namespace });
  });

  it('notices a silent worker by its lease', async () => {
    await stop();
    await start({ leaseMs: 60, tickMs: 10 });
    const [first] = await serve();
    await first.heartbeat();
    const cluster = await until(({ ready }) => !ready);
    expect(cluster.waitingFor).toContain(`worker ${first.id} is lost`);
    await expect(first.heartbeat()).rejects.toMatchObject({ kind: 'notFound' });
  });

  it('lets a worker leave', async () => {
    const [first] = await serve();
    await first.leave();
    const cluster = await describeCluster();
    expect(cluster.waitingFor).toBe('stage 0 (layers 0 to 1): no worker');
    expect(cluster.workers).toHaveLength(1);
  });

  it('refuses who does not fit: another protocol, another model, one worker too many', async () => {
    const odd = worker('ccc');
    const major = (protocol.major ?? 0) + 1;
    await expect(odd.register({ protocol: { ...protocol, major } })).rejects.toMatchObject({
      kind: 'unsupported',
    });
    await expect(odd.register({ address: 'nowhere' })).rejects.toMatchObject({ kind: 'invalid' });
    await expect(odd.register({ worker: 'a b' })).rejects.toMatchObject({ kind: 'invalid' });
    await serve();
    const other = geometryMessage({ ...geometry, headDim: 99 });
    await expect(odd.register({ geometry: other })).rejects.toMatchObject({
      message: expect.stringContaining('headDim 99 instead of 8'),
    });
    await expect(odd.register()).rejects.toMatchObject({
      kind: 'invalid',
      message: '3 workers for 2 stages: one worker a stage',
    });
  });

  it('tells workers the pins in their heartbeats', async () => {
    const [first] = await serve();
    const { namespace } = await describeCluster();
    const blocks = packBlockKeys(chainOf(3));
    expect(await client.request(calls.pin, { namespace, blocks, ttlMs: 60_000 })).toEqual({ blocks: 3 });
    const { pinsChanged, pinnedBlocks } = await first.heartbeat();
    expect(pinsChanged).toBe(true);
    expect(unpackBlockKeys(pinnedBlocks).sort()).toEqual(chainOf(3).sort());
    expect((await first.heartbeat()).pinsChanged).toBe(false);
  });

  it('refuses a stale plan and answers the next call with the new one', async () => {
    const [first] = await serve();
    const { plan } = await create([], 5);
    const sequence = plan?.sequence ?? '';
    await first.register();
    await first.ready();
    await first.inventory();
    const extend = { sequence, epoch: plan?.epoch ?? 0, blocks: packBlockKeys([]), tokens: 6 };
    const refused = await client.request(calls.extendSequence, extend).catch((error: unknown) => error);
    expect(refused).toMatchObject({ kind: 'stale' });
    const { epoch } = await describeCluster();
    const answer = await client.request(calls.extendSequence, { ...extend, epoch });
    expect(answer).toMatchObject({ tokens: 6, plan: { epoch, sequence } });
  });

  it('keeps sequences, pins, stages and a growing epoch over a restart', async () => {
    const chain = chainOf(2);
    const pair = await serve(chain);
    const { plan } = await create(chain, 40);
    const { namespace, epoch } = await describeCluster();
    await client.request(calls.pin, { namespace, blocks: packBlockKeys(chain), ttlMs: 600_000 });
    const ids = pair.map(({ id }) => id);
    await stop();
    await start();
    expect((await describeCluster()).epoch).toBeGreaterThan(epoch);
    // They come back in the other order, and still get the layers that they have loaded.
    for (const [at, name] of [
      [1, 'bb'],
      [0, 'a'],
    ] as const) {
      const back = worker(name);
      back.id = ids[at] ?? '';
      await back.register();
      expect(back.layers).toEqual(pair[at]?.layers);
      await back.ready();
      await back.inventory(chain);
    }
    const status = await client.request(calls.status, {});
    expect(status).toMatchObject({
      sequences: 1,
      pinnedBlocks: 2,
      indexedBlocks: 2,
      metricsAddress: '127.0.0.1:9',
    });
    const now = (await describeCluster()).epoch;
    const sequence = plan?.sequence ?? '';
    const extended = await client.request(calls.extendSequence, { sequence, epoch: now, tokens: 41 });
    expect(extended).toMatchObject({ tokens: 41, cachedBlocks: 2 });
    await client.request(calls.releaseSequence, { sequence });
    expect(await client.request(calls.status, {})).toMatchObject({ sequences: 0 });
  });
});
