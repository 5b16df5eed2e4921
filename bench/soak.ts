import { setTimeout as pause } from 'node:timers/promises';
import type { OpenCluster } from '../src/cli/withCluster.js';
import type { WorkerFigures } from '../src/client/kvClient.js';
import { KvError } from '../src/core/errors.js';
import { slotBytes } from '../src/core/geometry.js';
import { SeededRandom } from '../src/decode/seededRandom.js';
import { residentBytes } from './soak/residentBytes.js';
import { SoakCrowd } from './soak/soakCrowd.js';
import { soakBlock, soakBlocks, soakGeometry, soakPinnedBytes } from './soak/soakPages.js';
import type { Bench, BenchContext, BenchResult } from './support/bench.js';
import { benchSeed } from './support/benchSeed.js';
import { median } from './support/median.js';
import { withStores } from './transfer/storeCluster.js';

const clients = 8;
const shortMs = 20_000;
/** Until buffers and caches of the worker have their size. */
const warmUpShare = 0.25;
/** A kill every so often on average. */
const killMs = 2_000;
const sampleMs = 250;
/** Of the warm-up and of the rest, so much at the end is looked at. */
const sampledShare = 0.4;
/** Growth that is no leak: the heap of the worker breathes. */
const rssGrowthMax = 1.1;

/** Clients of one store that are killed at random: its memory stays flat, and no slot is lost. */
export const soak: Bench = async (context) => {
  const seed = benchSeed();
  context.tell(`seed ${seed}`);
  const store = { pinnedBytes: soakPinnedBytes, diskBytes: 0 };
  return withStores(soakGeometry, [store], context, ([cluster]) => {
    if (cluster === undefined) throw new RangeError('one store was expected');
    return soaked(cluster, new SeededRandom(seed), seed, context);
  });
};

async function soaked(
  { client, embedded, signal }: OpenCluster,
  random: SeededRandom,
  seed: number,
  context: BenchContext,
): Promise<BenchResult> {
  const worker = (await client.describe()).workers[0]!; // a store that is ready has one
  const figures = () => client.workerFigures(worker.address);
  const usedBefore = pinnedSlots(await figures());
  const crowd = await SoakCrowd.start(embedded?.address ?? '', clients, random);
  try {
    const startMs = performance.now();
    const endMs = context.short ? Math.min(startMs + shortMs, context.deadlineMs) : context.deadlineMs;
    const run = { crowd, pid: worker.pid, random, signal };
    const warmBytes = await stretch(run, startMs + warmUpShare * (endMs - startMs));
    context.tell(`warm: ${mebibytes(warmBytes)} MiB resident, ${crowd.kills} kills`);
    const endBytes = await stretch(run, endMs);
    await crowd.end();
    const lentSlots = lent(await figures());
    const usedSlots = pinnedSlots(await figures());
    const blocks = Array.from({ length: soakBlocks }, (_, block) => soakBlock(block));
    const { removedPages } = await client.blocks.remove(blocks);
    const leakedSlots = lentSlots + pinnedSlots(await figures()) - usedBefore;
    return resultOf(crowd, { warmBytes, endBytes, lentSlots, usedSlots, removedPages, leakedSlots }, seed);
  } finally {
    crowd.destroy();
  }
}

interface Run {
  readonly crowd: SoakCrowd;
  /** Of the worker. */
  readonly pid: number;
  readonly random: SeededRandom;
  readonly signal: AbortSignal;
}

/** Kills now and then until `endMs`; the worker's resident bytes in the last part of it. */
async function stretch({ crowd, pid, random, signal }: Run, endMs: number): Promise<number> {
  const fromMs = endMs - sampledShare * (endMs - performance.now());
  const samples: number[] = [];
  let killAtMs = performance.now() + nextKillMs(random);
  do {
    await pause(sampleMs, undefined, { signal });
    crowd.check();
    if (performance.now() >= fromMs) samples.push(residentBytes(pid));
    if (performance.now() < killAtMs) continue;
    await crowd.killOne();
    killAtMs = performance.now() + nextKillMs(random);
  } while (performance.now() < endMs);
  await crowd.whole();
  return median(samples);
}

/** From 0 to twice the mean. */
function nextKillMs(random: SeededRandom): number {
  return random.next() % (2 * killMs);
}

interface Found {
  readonly warmBytes: number;
  readonly endBytes: number;
  /** On loan to clients when all had gone. */
  readonly lentSlots: number;
  readonly usedSlots: number;
  readonly removedPages: number;
  /** Lent, or taken, and of no use to anybody. */
  readonly leakedSlots: number;
}

function resultOf({ report, kills }: SoakCrowd, found: Found, seed: number): BenchResult {
  const { warmBytes, endBytes, lentSlots, usedSlots, removedPages, leakedSlots } = found;
  const growth = endBytes / warmBytes;
  const failures: string[] = [];
  if (growth > rssGrowthMax) failures.push(`the worker grew ${growth.toFixed(2)} times after warm-up`);
  if (leakedSlots !== 0) failures.push(`${leakedSlots} slots are lost`);
  if (report.wrong > 0) failures.push(`${report.wrong} pages were wrong`);
  const memory = { warmMiB: mebibytes(warmBytes), endMiB: mebibytes(endBytes) };
  return {
    rows: [
      { name: 'operations of clients', n: 1, figures: { ...report, kills, seed } },
      { name: 'resident memory of the worker', n: 1, figures: memory },
      { name: 'slots after the last client', n: 1, figures: { lentSlots, usedSlots, removedPages } },
    ],
    ratios: [
      { name: 'soak_rss_end_vs_warm', value: growth, n: 1, baseline: 'the worker after warm-up' },
      { name: 'soak_leaked_slots', value: leakedSlots, n: kills, baseline: 'clients killed' },
      {
        name: 'soak_wrong_pages',
        value: report.wrong,
        n: report.gets + report.lends,
        baseline: 'pages read',
      },
    ],
    missing: [],
    failures: failures.map((failure) => `${failure}, with seed ${seed}`),
  };
}

function lent({ lanes }: WorkerFigures): number {
  return lanes.reduce((sum, { lentSlots }) => sum + lentSlots, 0);
}

/** Slots of pinned memory that are taken. */
function pinnedSlots({ tiers }: WorkerFigures): number {
  const pinned = tiers.find(({ tier }) => tier === 'pinned');
  if (pinned === undefined) throw new KvError('internal', 'the worker has no pinned memory');
  return pinned.usedBytes / slotBytes(soakGeometry);
}

function mebibytes(bytes: number): number {
  return Math.round(bytes / 2 ** 20);
}
