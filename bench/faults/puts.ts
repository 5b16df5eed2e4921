import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { settingsSchema } from '../../src/cli/settings.js';
import { defaultClientLimits } from '../../src/client/clientLimits.js';
import { packBlockKeys } from '../../src/core/blockKey.js';
import { SeededRandom } from '../../src/decode/seededRandom.js';
import { coordinatorEndpoints } from '../../src/rpc/endpoints.js';
import { GrpcNetwork } from '../../src/rpc/grpcNetwork.js';
import type { Bench, BenchContext, BenchRow } from '../support/bench.js';
import { benchSeed } from '../support/benchSeed.js';
import { quantile } from '../support/quantile.js';
import { FaultCluster } from './faultCluster.js';
import { type EndedGet, type EndedPut, PageTraffic } from './pageTraffic.js';
import { writeKvConfig } from './storedPages.js';
import { whenGone } from './whenGone.js';

const sizes = { full: { rounds: 20, afterMs: 2_500 }, short: { rounds: 2, afterMs: 2_000 } };
const beforeMs = { min: 200, max: 800 };
/** Two that put and two that get. */
const loops = 4;
/** What a call to a peer may take before it counts as lost. */
const rpcTimeoutMs = defaultClientLimits.coordinatorTimeoutMs;
const lookupPauseMs = 5;
/** Blocks that each lookup asks for. */
const blocksPerLookup = 64;

interface Round {
  readonly killedMs: number;
  readonly detectionMs: number;
  readonly puts: readonly EndedPut[];
  readonly gets: readonly EndedGet[];
  readonly lookups: number;
  readonly deadLookups: number;
}

/** Workers of a page store are killed while pages are put and fetched. */
export const putsPart: Bench = async (context) => {
  const seed = benchSeed();
  context.tell(`puts: seed ${seed}`);
  const folder = await mkdtemp(join(tmpdir(), 'kvtide-puts-'));
  try {
    const kvConfig = await writeKvConfig(folder);
    const all: Round[] = [];
    const rows: BenchRow[] = [];
    for (const workers of [2, 4]) {
      const rounds = await killOneOf(workers, kvConfig, seed, context);
      rows.push(rowOf(`SIGKILL of one of ${workers} stores`, rounds));
      all.push(...rounds);
    }
    const late = all.flatMap(({ puts, killedMs }) =>
      puts.filter(({ beganMs }) => beganMs > killedMs + rpcTimeoutMs),
    );
    const read = sum(all.flatMap(({ gets }) => gets.map(({ found }) => found)));
    const wrong = sum(all.flatMap(({ gets }) => gets.map((get) => get.wrong)));
    const lookups = sum(all.map((round) => round.lookups));
    const dead = sum(all.map(({ deadLookups }) => deadLookups));
    const failed = late.filter(({ isStored }) => !isStored).length;
    const ratio = (name: string, bad: number, of: number, baseline: string) => ({
      name,
      value: of === 0 ? Number.NaN : bad / of,
      n: of,
      baseline,
    });
    return {
      rows,
      ratios: [
        ratio(
          'failed_puts_after_one_timeout',
          failed,
          late.length,
          `puts begun ${rpcTimeoutMs} ms after the kill`,
        ),
        ratio('dead_worker_lookups', dead, lookups, 'lookups after detection'),
        ratio('wrong_pages', wrong, read, 'pages read'),
      ],
      missing: [],
      failures: [
        ...(failed === 0 ? [] : [`${failed} puts failed later than one RPC timeout after a kill`]),
        ...(dead === 0 ? [] : [`${dead} lookups named a worker that was known to be dead`]),
        ...(wrong === 0 ? [] : [`${wrong} pages were wrong`]),
      ],
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};

async function killOneOf(
  workers: number,
  kvConfig: string,
  seed: number,
  context: BenchContext,
): Promise<Round[]> {
  const { rounds, afterMs } = context.short ? sizes.short : sizes.full;
  const random = new SeededRandom(seed + workers);
  const settings = settingsSchema.parse({
    kvConfig,
    stages: 1,
    workers,
    pinnedBytes: 64 * 2 ** 20,
    diskBytes: 512 * 2 ** 20,
  });
  return FaultCluster.during(settings, context.tell, async (cluster, client) => {
    const { namespace } = await client.model();
    const coordinator = new GrpcNetwork().dial(cluster.address);
    const done: Round[] = [];
    for (let round = 0; round < rounds; round += 1) {
      context.signal.throwIfAborted();
      const traffic = new PageTraffic(client, random, seed + workers + round);
      traffic.start(loops);
      await pause(beforeMs.min + random.fraction() * (beforeMs.max - beforeMs.min));
      const victim = Math.floor(random.fraction() * workers);
      const id = cluster.idOf(victim);
      const killedMs = performance.now();
      await cluster.killWorker(victim);
      const goneMs = await whenGone(client, id);
      let lookups = 0;
      let deadLookups = 0;
      while (performance.now() < killedMs + afterMs) {
        const blocks = packBlockKeys(traffic.stored.slice(-blocksPerLookup));
        const answer = await coordinator.request(coordinatorEndpoints.locate, { namespace, blocks });
        lookups += 1;
        if (answer.blocks.some(({ places }) => places.some(({ worker }) => worker === id))) deadLookups += 1;
        await pause(lookupPauseMs);
      }
      await traffic.stop();
      const { puts, gets } = traffic;
      done.push({ killedMs, detectionMs: goneMs - killedMs, puts, gets, lookups, deadLookups });
      await cluster.startWorker(victim);
      await cluster.allReady(client);
    }
    coordinator.close();
    return done;
  });
}

function rowOf(name: string, rounds: readonly Round[]): BenchRow {
  const puts = rounds.flatMap((round) => round.puts.map((put) => ({ ...put, killedMs: round.killedMs })));
  const gets = rounds.flatMap(({ gets }) => gets);
  const underWay = puts.filter(({ endedMs, killedMs }) => endedMs > killedMs);
  return {
    name,
    n: rounds.length,
    figures: {
      puts: puts.length,
      failedPuts: puts.filter(({ isStored }) => !isStored).length,
      slowestPutMs: quantile(
        underWay.map(({ beganMs, endedMs }) => endedMs - beganMs),
        1,
      ),
      pagesFound: sum(gets.map(({ found }) => found)),
      pagesMissed: sum(gets.map(({ missed }) => missed)),
      pagesUnavailable: sum(gets.map(({ unavailable }) => unavailable)),
      slowestGetMs: quantile(
        gets.map(({ beganMs, endedMs }) => endedMs - beganMs),
        1,
      ),
      lookups: sum(rounds.map((round) => round.lookups)),
      detectionMaxMs: quantile(
        rounds.map(({ detectionMs }) => detectionMs),
        1,
      ),
    },
  };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
