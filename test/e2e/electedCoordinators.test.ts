import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ElectedCluster, metricOf } from '../../bench/support/electedCluster.js';
import { EtcdServer } from '../../bench/support/etcdServer.js';
import { collectGeneration } from '../../src/cli/collectGeneration.js';
import { KvClient } from '../../src/client/kvClient.js';
import { coordinatorEndpoints } from '../../src/rpc/endpoints.js';
import { GrpcNetwork } from '../../src/rpc/grpcNetwork.js';
import { ownProtocol } from '../../src/rpc/protocolCheck.js';

const prompt = [...Buffer.from('export interface KvClientOptions { '.repeat(12))];
const request = { prompt, sampling: { temperature: 0, seed: 0 }, eos: [], topLogits: 1 };

/** Tries until it goes well, and says for how long it did not. */
async function untilServed<T>(ask: () => Promise<T>): Promise<{ readonly answer: T; readonly ms: number }> {
  const startedMs = performance.now();
  for (;;) {
    try {
      return { answer: await ask(), ms: performance.now() - startedMs };
    } catch (thrown) {
      if (performance.now() - startedMs > 20_000) throw thrown;
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

describe('three coordinators on etcd', { timeout: 120_000 }, () => {
  let etcd: EtcdServer;
  let cluster: ElectedCluster;
  let client: KvClient;
  beforeAll(async () => {
    etcd = await EtcdServer.start();
    cluster = await ElectedCluster.start(etcd);
    client = await KvClient.connect(cluster.addresses);
  }, 120_000);
  afterAll(async () => {
    await client?.close();
    await cluster?.stop();
    await etcd?.stop();
  });

  it('tells whom to ask, and clients of one address find the leader', async () => {
    const leader = await cluster.leader();
    const other = cluster.coordinators.find((one) => one !== leader)!;
    const peer = new GrpcNetwork().dial(other.address);
    await expect(
      peer.request(coordinatorEndpoints.describe, { protocol: ownProtocol() }),
    ).rejects.toMatchObject({ kind: 'unavailable', context: { leader: leader.address } });
    peer.close();
    const led = await KvClient.connect(other.address);
    expect((await led.describe()).model).not.toBeNull();
    await led.close();
  });

  it('go on when the leader is killed under load: pins, sequences and epochs stay, decodes do not notice', async () => {
    const [pinned] = await pinnedBlocks(client);
    const alone = await collectGeneration(client, { ...request, maxTokens: 200 });
    const before = await client.status();
    const warnings: string[] = [];
    const running = collectGeneration(
      client,
      { ...request, maxTokens: 200 },
      { watcher: { warn: (line) => warnings.push(line) } },
    );
    await new Promise((resolve) => setTimeout(resolve, 200));
    const killed = await cluster.leader();
    process.kill(killed.pid, 'SIGKILL');
    const { answer, ms } = await untilServed(async () => {
      const status = await client.status({ deadlineMs: 1_000 });
      if (status.cluster.model === null) throw new Error('not whole');
      return status;
    });
    expect((await running).tokens).toEqual(alone.tokens);
    expect(answer.pinnedBlocks).toBe(before.pinnedBlocks);
    expect(answer.cluster.epoch).toBeGreaterThan(before.cluster.epoch);
    expect(pinned).toBeDefined();
    expect(await cluster.leader()).not.toBe(killed);
    // The bench says how long it takes on a quiet machine.
    expect(ms).toBeLessThan(20_000);
    await cluster.restart(killed);
  });

  it('a leader that was paused changes nothing: its writes are refused, counted and logged', async () => {
    await untilServed(() => client.model());
    const paused = await cluster.leader();
    const before = await untilServed(() => client.status());
    process.kill(paused.pid, 'SIGSTOP');
    const direct = new GrpcNetwork().dial(paused.address);
    const blocks = Buffer.alloc(32, 7);
    const { namespace } = await client.model();
    const late = Array.from({ length: 5 }, () =>
      direct.request(coordinatorEndpoints.pin, { namespace, blocks, ttlMs: 60_000 }).then(
        () => 'answered',
        (thrown: unknown) => (thrown as { kind: string }).kind,
      ),
    );
    const after = await untilServed(async () => {
      const status = await client.status({ deadlineMs: 2_000 });
      if (status.cluster.model === null) throw new Error('not whole');
      return status;
    });
    expect(await cluster.leader()).not.toBe(paused);
    process.kill(paused.pid, 'SIGCONT');
    expect(await Promise.all(late)).toEqual(Array(5).fill('unavailable'));
    direct.close();
    await expect
      .poll(() => paused.log.join('\n'), { timeout: 10_000 })
      .toContain('this coordinator no longer leads');
    expect(await metricOf(paused, 'kvtide_leader_refusals_total')).toBeGreaterThanOrEqual(5);
    expect(await metricOf(paused, 'kvtide_leading')).toBe(0);
    const status = await client.status();
    expect(status.pinnedBlocks).toBe(before.answer.pinnedBlocks);
    expect(status.cluster.epoch).toBeGreaterThanOrEqual(after.answer.cluster.epoch);
  });
});

async function pinnedBlocks(client: KvClient): Promise<readonly string[]> {
  const { tokens } = await collectGeneration(client, { ...request, maxTokens: 1 });
  expect(tokens).toHaveLength(1);
  const keys = await client.blocks.keys(prompt);
  await client.blocks.pin(keys.slice(0, 1), { ttlMs: 3_600_000 });
  return keys;
}
