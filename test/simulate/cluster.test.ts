import { describe, expect, it } from 'vitest';
import type { KvClient } from '../../src/client/kvClient.js';
import { ClientSession } from '../../src/decode/clientSession.js';
import { generate } from '../../src/decode/generate.js';
import { fakeReference, fakeVocabulary } from '../../src/simulate/fakeModel.js';
import { SimulatedCluster, type SimulatedClusterOptions } from '../../src/simulate/simulatedCluster.js';
import { mixedGeometry } from '../../src/simulate/smallGeometry.js';
import { topLogits } from '../../src/worker/topLogits.js';

const geometry = mixedGeometry;

const tight: Omit<SimulatedClusterOptions, 'seed'> = {
  geometry,
  stages: 2,
  pages: { device: 4, pinned: 6, disk: 400 },
  diskFaults: { delayMsMax: 2 },
};

/** Runs a cluster on one seed and counts what happened. */
class Run {
  readonly cluster: SimulatedCluster;
  readonly #random;
  readonly #prefixes: number[][];
  events = 0;
  cached = 0;
  recovered = 0;
  loaded = 0;

  constructor(options: SimulatedClusterOptions) {
    this.cluster = new SimulatedCluster(options);
    this.#random = this.cluster.random.fork('requests');
    this.#prefixes = [this.#draw(70), this.#draw(50)];
  }

  #draw(count: number): number[] {
    return Array.from({ length: count }, () => this.#random.integer(0, fakeVocabulary - 1));
  }

  prompt(): number[] {
    const prefix = this.#prefixes[this.#random.integer(0, 1)]!;
    return [
      ...prefix.slice(0, this.#random.integer(1, prefix.length)),
      ...this.#draw(this.#random.integer(1, 40)),
    ];
  }

  /** Continues a prompt; every answer is compared with the model computed without any cache. */
  async request(client: KvClient, prompt: readonly number[], maxTokens: number): Promise<void> {
    const session = await ClientSession.create(client, prompt);
    const known = [...prompt];
    const sampling = { temperature: 0, seed: 0 };
    const request = { prompt, maxTokens, sampling, eos: [], topLogits: 4 };
    for await (const event of generate(session, request, this.cluster.clock)) {
      this.events += 1;
      if (event.kind === 'opened') this.cached += event.cachedTokens;
      if (event.kind === 'recovered') this.recovered += 1;
      if (event.kind === 'done')
        this.loaded += event.prefetch.byTier.disk.pages + event.prefetch.byTier.pinned.pages;
      if (event.kind !== 'token') continue;
      const expected = topLogits(fakeReference(geometry, known), { top: 4, all: false });
      expect([...event.step.topLogits]).toEqual([...expected.logits]);
      expect([...event.step.topIds]).toEqual([...expected.ids]);
      known.push(event.token);
    }
    await session.release();
  }

  async checkBudgets(client: KvClient): Promise<void> {
    await this.cluster.clock.sleep(20); // the last streams are ending
    for (const { address } of (await client.describe()).workers) {
      const { tiers, openSequences } = await client.workerFigures(address);
      for (const { usedBytes, budgetBytes } of tiers) expect(usedBytes).toBeLessThanOrEqual(budgetBytes);
      expect(openSequences).toBe(0);
    }
  }

  async until(eventsMin: number): Promise<void> {
    const { cluster } = this;
    await cluster.start();
    const client = await cluster.connect();
    while (this.events < eventsMin) {
      const round = [this.prompt(), this.prompt()].slice(0, this.#random.integer(1, 2));
      await Promise.all(round.map((prompt) => this.request(client, prompt, this.#random.integer(1, 24))));
      await this.checkBudgets(client);
    }
    await client.close();
    await cluster.stop();
  }
}

async function run(options: SimulatedClusterOptions, eventsMin: number): Promise<Run> {
  const one = new Run(options);
  await one.cluster.clock.run(one.until(eventsMin), 10_000_000);
  return one;
}

describe('a coordinator and two workers on simulated twins', () => {
  it('answer 1,000 events as the model without a cache does, with pages in every tier', async () => {
    const { events, cached, loaded } = await run({ ...tight, seed: 1 }, 1000);
    expect(events).toBeGreaterThanOrEqual(1000);
    expect(cached).toBeGreaterThan(0);
    expect(loaded).toBeGreaterThan(100);
  });

  it('answer the same when the disk lies: what is corrupt is found and computed again', async () => {
    const diskFaults = { delayMsMax: 2, corruptReads: 0.02, failingReads: 0.01 };
    const { recovered } = await run({ ...tight, seed: 3, diskFaults }, 600);
    expect(recovered).toBeGreaterThan(0);
  });

  it('do the same things in the same order for the same seed', async () => {
    const figures = async () => {
      const { events, cached, loaded, cluster } = await run({ ...tight, seed: 3 }, 200);
      return { events, cached, loaded, endedMs: cluster.clock.monotonicMs() };
    };
    expect(await figures()).toEqual(await figures());
  });

  it('hold back a caller that runs far ahead, and answer all its steps', async () => {
    const one = new Run({ ...tight, seed: 5, limits: { queuedStepsMax: 2 } });
    const { cluster } = one;
    const blocks = 30;
    const work = async () => {
      await cluster.start();
      const client = await cluster.connect();
      const { plan } = await client.sequences.create([], blocks * 16);
      const stream = await client.decode(plan.sequence, [], { stepsAhead: blocks });
      await stream.seek(0);
      const tokens = Array.from({ length: 16 }, (_, at) => at);
      const none = { topLogits: 0, allLogits: false };
      const steps = Array.from({ length: blocks }, (_, block) => stream.step(block * 16, tokens, none));
      expect(await Promise.all(steps)).toHaveLength(blocks);
      stream.close();
      await cluster.stop();
    };
    await cluster.clock.run(work(), 1_000_000);
  });

  it('go back within the growing block and answer as if the wrong tokens had never been', async () => {
    const { cluster } = new Run({ ...tight, seed: 6 });
    const random = cluster.random.fork('tokens');
    const draw = (count: number) =>
      Array.from({ length: count }, () => random.integer(0, fakeVocabulary - 1));
    const work = async () => {
      await cluster.start();
      const client = await cluster.connect();
      const { plan } = await client.sequences.create([], 200);
      const stream = await client.decode(plan.sequence, []);
      await stream.seek(0);
      const want = { topLogits: 2, allLogits: false, everyPosition: true };
      const known: number[] = [];
      while (known.length < 200) {
        const room = 16 - (known.length % 16);
        const right = draw(Math.min(random.integer(1, 6), room));
        const wrong = draw(random.integer(0, Math.max(0, room - right.length - 1)));
        const { earlier, ...last } = await stream.step(known.length, [...right, ...wrong], want);
        for (const { topIds, topLogits: logits } of [...earlier, last].slice(0, right.length)) {
          known.push(right.shift()!);
          const expected = topLogits(fakeReference(geometry, known), { top: 2, all: false });
          expect({ topIds, logits }).toEqual({ topIds: [...expected.ids], logits: [...expected.logits] });
        }
        if (wrong.length > 0) stream.truncate(known.length);
      }
      stream.truncate(190);
      const refused = stream.step(190, [1], want);
      await expect(refused).rejects.toMatchObject({ kind: 'invalid' });
      await expect(refused).rejects.toThrow(/^worker \S+ \(layers 0 to 1\): cannot go back to 190 tokens/);
      await client.close();
      await cluster.stop();
    };
    await cluster.clock.run(work(), 1_000_000);
  });

  it('find their pages again after a restart', async () => {
    const one = new Run({ ...tight, seed: 4 });
    const { cluster } = one;
    const work = async () => {
      await cluster.start();
      const prompt = [...one.prompt(), ...one.prompt(), ...one.prompt()];
      const before = await cluster.connect();
      await one.request(before, prompt, 4);
      expect(one.cached).toBe(0);
      await Promise.all([cluster.stopWorker(0), cluster.stopWorker(1)]);
      await Promise.all([cluster.startWorker(0), cluster.startWorker(1)]);
      const after = await cluster.connect();
      await one.request(after, prompt, 4);
      expect(one.cached).toBe(Math.floor((prompt.length - 1) / 16) * 16);
      await cluster.stop();
    };
    await cluster.clock.run(work(), 1_000_000);
  });
});
