import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { settingsSchema } from '../../src/cli/settings.js';
import type { KvClient } from '../../src/client/kvClient.js';
import { KvError } from '../../src/core/errors.js';
import { SeededRandom } from '../../src/decode/seededRandom.js';
import type { Bench, BenchContext, BenchRow } from '../support/bench.js';
import { benchSeed } from '../support/benchSeed.js';
import { quantile } from '../support/quantile.js';
import { FaultCluster } from './faultCluster.js';
import { decodeUnderLoad, isSameText, promptsOf } from './loadText.js';
import { fetchBlock, PageTraffic } from './pageTraffic.js';
import { writeKvConfig } from './storedPages.js';

const sizes = {
  full: { turns: 3, promptTokens: 1_024, maxTokens: 48 },
  short: { turns: 1, promptTokens: 512, maxTokens: 24 },
};
const decodesAtOnce = 2;
const pageLoops = 2;
/** Time in which all is there, so that requests are under way when the next one goes. */
const betweenMs = 1_000;

interface Restarted {
  readonly row: BenchRow;
  readonly requests: number;
  readonly failed: number;
}

/** Every process is ended as an operator does it and started again, one after the other, while requests go on. */
export const rollingPart: Bench = async (context) => {
  const seed = benchSeed();
  context.tell(`rolling: seed ${seed}`);
  const results = [
    await restartDecoding(1, context),
    await restartDecoding(2, context),
    await restartStores(seed, context),
  ];
  const requests = results.reduce((sum, result) => sum + result.requests, 0);
  const failed = results.reduce((sum, result) => sum + result.failed, 0);
  return {
    rows: results.map(({ row }) => row),
    ratios: [{ name: 'rolling_restart_failed', value: failed / requests, n: requests, baseline: 'requests' }],
    missing: [],
    failures: failed === 0 ? [] : [`${failed} of ${requests} requests failed or were answered wrong`],
  };
};

/** All workers in turn, then the coordinator. @returns how long each was away. */
async function restartAll(cluster: FaultCluster, client: KvClient): Promise<number[]> {
  const awayMs: number[] = [];
  const timed = async (restart: () => Promise<void>): Promise<void> => {
    const startedMs = performance.now();
    await restart();
    awayMs.push(performance.now() - startedMs);
    await pause(betweenMs);
  };
  for (let worker = 0; worker < cluster.workers; worker += 1) {
    await timed(async () => {
      await cluster.stopWorker(worker);
      await cluster.startWorker(worker);
      await cluster.allReady(client);
    });
  }
  await timed(async () => {
    await cluster.stopCoordinator();
    await cluster.startCoordinator();
    await cluster.allReady(client);
  });
  return awayMs;
}

/** @param each workers that serve each of two stages. */
async function restartDecoding(each: number, context: BenchContext): Promise<Restarted> {
  const { turns, promptTokens, maxTokens } = context.short ? sizes.short : sizes.full;
  const workers = 2 * each;
  const settings = settingsSchema.parse({
    model: 'models/tiny-dts',
    stages: 2,
    workers,
    deviceBytes: 8 * 2 ** 20,
    pinnedBytes: 16 * 2 ** 20,
  });
  const prompts = promptsOf(decodesAtOnce, promptTokens);
  return FaultCluster.during(settings, context.tell, async (cluster, client) => {
    const wanted = await Promise.all(
      prompts.map(
        async (prompt) => (await decodeUnderLoad(client, prompt, maxTokens, context.signal)).tokens,
      ),
    );
    let isOver = false;
    let requests = 0;
    let failed = 0;
    let recoveries = 0;
    const decodeOn = async (at: number): Promise<void> => {
      while (!isOver) {
        requests += 1;
        try {
          const decode = await decodeUnderLoad(client, prompts[at]!, maxTokens, context.signal);
          recoveries += decode.recoveries;
          if (!isSameText(decode.tokens, wanted[at]!)) throw new KvError('internal', 'other tokens');
        } catch (thrown) {
          failed += 1;
          context.tell(
            `rolling: a decode ended as ${KvError.from(thrown).kind}: ${KvError.from(thrown).message}`,
          );
        }
      }
    };
    const decoding = Promise.all(prompts.map((_, at) => decodeOn(at)));
    const awayMs: number[] = [];
    try {
      for (let turn = 0; turn < turns; turn += 1) awayMs.push(...(await restartAll(cluster, client)));
    } finally {
      isOver = true;
      await decoding;
    }
    const { blocks } = await client.blocks.lookup(prompts[0]!);
    const figures = {
      restarts: awayMs.length,
      awayP50Ms: quantile(awayMs, 0.5),
      decodes: requests,
      failed,
      recoveries,
      blocksOfferedAfter: blocks,
    };
    return { row: { name: `decodes, ${workers} workers in 2 stages`, n: turns, figures }, requests, failed };
  });
}

async function restartStores(seed: number, context: BenchContext): Promise<Restarted> {
  const { turns } = context.short ? sizes.short : sizes.full;
  const folder = await mkdtemp(join(tmpdir(), 'kvtide-rolling-'));
  try {
    const kvConfig = await writeKvConfig(folder);
    const budgets = { pinnedBytes: 64 * 2 ** 20, diskBytes: 2 ** 30 };
    const settings = settingsSchema.parse({ kvConfig, stages: 1, workers: 2, ...budgets });
    return await FaultCluster.during(settings, context.tell, async (cluster, client) => {
      const traffic = new PageTraffic(client, new SeededRandom(seed), seed);
      traffic.start(pageLoops);
      const awayMs: number[] = [];
      try {
        for (let turn = 0; turn < turns; turn += 1) awayMs.push(...(await restartAll(cluster, client)));
      } finally {
        await traffic.stop();
      }
      const { puts, gets, stored } = traffic;
      let lostPages = 0;
      for (const block of stored) lostPages += (await fetchBlock(client, block)).missed;
      const unavailable = gets.filter((get) => get.unavailable > 0 || get.wrong > 0).length;
      const failed = puts.filter(({ isStored }) => !isStored).length + unavailable;
      const figures = {
        restarts: awayMs.length,
        awayP50Ms: quantile(awayMs, 0.5),
        puts: puts.length,
        gets: gets.length,
        failed,
        missedMeanwhile: gets.filter(({ missed }) => missed > 0).length,
        lostPages,
      };
      const requests = puts.length + gets.length;
      return {
        row: { name: 'puts and gets, 2 stores', n: turns, figures },
        requests,
        failed: failed + lostPages,
      };
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
