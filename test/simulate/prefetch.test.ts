import { describe, expect, it } from 'vitest';
import type { KvClient } from '../../src/client/kvClient.js';
import type { PrefetchFigures } from '../../src/core/prefetchFigures.js';
import { ClientSession } from '../../src/decode/clientSession.js';
import { generate } from '../../src/decode/generate.js';
import { type PrefetchPolicyName, prefetchPolicyNames } from '../../src/policy/prefetchPolicies.js';
import { fakeReference, fakeVocabulary } from '../../src/simulate/fakeModel.js';
import { SimulatedCluster } from '../../src/simulate/simulatedCluster.js';
import { smallGeometry } from '../../src/simulate/smallGeometry.js';
import { topLogits } from '../../src/worker/topLogits.js';

const geometry = smallGeometry([
  { kind: 'window', window: 20, rope: true },
  { kind: 'full', rope: false },
  { kind: 'full', rope: true },
]);
const conversations = 3;
const rounds = 7;
const pauseMs = 1000;

interface Figures extends PrefetchFigures {
  readonly cachedTokens: number;
  /** Pages that steps had to wait for, or that were brought between two of them. */
  readonly fromDisk: number;
}

/** Conversations take turns; every answer is compared with the model computed without any cache. */
class Talk {
  readonly #cluster: SimulatedCluster;
  readonly #random;
  readonly #histories: number[][];
  cachedTokens = 0;
  fromDisk = 0;

  constructor(cluster: SimulatedCluster) {
    this.#cluster = cluster;
    this.#random = cluster.random.fork('talk');
    this.#histories = Array.from({ length: conversations }, () => this.#draw(70));
  }

  async run(): Promise<Figures> {
    await this.#cluster.start();
    const client = await this.#cluster.connect();
    for (let turn = 0; turn < rounds * conversations; turn += 1) {
      await this.#turn(client, this.#histories[turn % conversations]!);
      await this.#cluster.clock.sleep(pauseMs);
    }
    const [worker] = (await client.describe()).workers;
    const { prefetched, openSequences } = await client.workerFigures(worker!.address);
    expect(openSequences).toBe(0);
    await client.close();
    await this.#cluster.stop();
    return { ...prefetched, cachedTokens: this.cachedTokens, fromDisk: this.fromDisk };
  }

  async #turn(client: KvClient, history: number[]): Promise<void> {
    history.push(...this.#draw(9));
    const session = await ClientSession.create(client, history);
    const request = {
      prompt: [...history],
      maxTokens: 6,
      sampling: { temperature: 0, seed: 0 },
      eos: [],
      topLogits: 2,
    };
    for await (const event of generate(session, request, this.#cluster.clock)) {
      if (event.kind === 'opened') this.cachedTokens += event.cachedTokens;
      if (event.kind === 'done') this.fromDisk += event.prefetch.byTier.disk.pages;
      if (event.kind !== 'token') continue;
      const expected = topLogits(fakeReference(geometry, history), { top: 2, all: false });
      expect([...event.step.topLogits]).toEqual([...expected.logits]);
      history.push(event.token);
    }
    await session.release();
  }

  #draw(count: number): number[] {
    return Array.from({ length: count }, () => this.#random.integer(0, fakeVocabulary - 1));
  }
}

async function talk(prefetch: PrefetchPolicyName): Promise<Figures> {
  const cluster = new SimulatedCluster({
    seed: 7,
    geometry,
    stages: 1,
    pages: { device: 2, pinned: 30, disk: 1000 },
    diskFaults: { delayMsMax: 2 },
    prefetch,
  });
  return await cluster.clock.run(new Talk(cluster).run(), 1_000_000);
}

describe('conversations that take turns on tiers with little room', () => {
  it('get the same answers under every prefetch policy, and each brings what it says', async () => {
    const figures = new Map<string, Figures>();
    for (const name of prefetchPolicyNames) figures.set(name, await talk(name));
    const of = (name: PrefetchPolicyName) => figures.get(name)!;
    // All are asked for the same tokens, and find the same blocks.
    expect(new Set([...figures.values()].map(({ cachedTokens }) => cachedTokens)).size).toBe(1);
    expect(of('none').cachedTokens).toBeGreaterThan(1000);
    expect(of('none').broughtBytes).toBe(0);
    for (const name of prefetchPolicyNames) {
      const { broughtBytes, usedBytes, unusedBytes } = of(name);
      expect(usedBytes + unusedBytes).toBeLessThanOrEqual(broughtBytes);
    }
    console.info([...figures].map(([name, one]) => `${name}: ${JSON.stringify(one)}`).join('\n'));
    // What lies in pinned memory by then is not brought from disk again and again.
    expect(of('next-layer').usedBytes).toBeGreaterThan(0);
    expect(of('sequence').usedBytes).toBeGreaterThan(0);
    expect(of('sequence').fromDisk).toBeLessThan(of('next-layer').fromDisk);
    expect(of('follow-up').fromDisk).toBeLessThan(of('next-layer').fromDisk);
  });
});
