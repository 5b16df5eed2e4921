import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Settings, settingsSchema } from '../../src/cli/settings.js';
import type { OpenCluster } from '../../src/cli/withCluster.js';
import { KvError } from '../../src/core/errors.js';
import { type Geometry, slotBytes } from '../../src/core/geometry.js';
import { splitLayers } from '../../src/core/layerRange.js';
import { readModelConfig } from '../../src/model/checkpoint.js';
import { geometryOf } from '../../src/model/modelConfig.js';
import { leastDeviceBytes } from '../../src/tiers/leastDeviceBytes.js';
import type { BenchContext, BenchResult, BenchRow } from '../support/bench.js';
import { benchSeed } from '../support/benchSeed.js';
import { takeTurns } from '../support/contender.js';
import { withClusters } from '../support/withClusters.js';
import { ColdReads } from './coldReads.js';
import { deviceShare, millionStages, millionWorkers, pinnedShare } from './coldShares.js';
import { denseBlockTokens, denseModel, writeDenseModel } from './denseModel.js';
import { fillContext } from './fillContext.js';
import { FilledSequence } from './filledSequence.js';
import { stepBoundMs } from './stepBound.js';

interface MillionSizes {
  readonly tokens: number;
  readonly rounds: number;
  readonly steps: number;
  readonly warmUp: number;
  /** Bytes that the disk's rate is measured with. */
  readonly diskBytes: number;
}

const mib = 2 ** 20;
const fullSizes: MillionSizes = { tokens: 2 ** 20, rounds: 5, steps: 8, warmUp: 2, diskBytes: 512 * mib };
const shortSizes: MillionSizes = { tokens: 2 ** 16, rounds: 2, steps: 4, warmUp: 1, diskBytes: 32 * mib };

/** Each that is filled, and the longer one that follows it. */
const sequencesAtOnce = 2;

const hotName = 'a million, all hot';
const coldName = 'a million, 5 % hot, 25 % pinned';

/**
 * A step after a million tokens on two stages of two shards, all layers full, most KV on disk; against the
 * least that it can take, by what a hot step and cold reads take in the same run.
 */
export async function millionPart(context: BenchContext): Promise<BenchResult> {
  const base = context.short ? shortSizes : fullSizes;
  const sizes = { ...base, tokens: context.tokens ?? base.tokens };
  if (sizes.tokens % denseBlockTokens !== 0)
    throw new KvError('invalid', `--tokens: give a multiple of ${denseBlockTokens}`);
  const seed = benchSeed();
  context.tell(`million: seed ${seed}`);
  const root = await mkdtemp(join(tmpdir(), 'kvtide-bench-'));
  try {
    const model = join(root, 'model');
    writeDenseModel(model, denseModel);
    const geometry = geometryOf(readModelConfig(model), { dtype: 'f32', blockTokens: denseBlockTokens });
    const settings = [hotSettings(model, geometry, sizes), coldSettings(model, geometry, sizes)];
    return await withClusters(settings, context, async (clusters) => {
      const cold = await ColdReads.open(root, geometry, sizes.diskBytes, context);
      try {
        const opened: FilledSequence[] = [];
        for (const [at, cluster] of clusters.entries())
          opened.push(await openFilled([hotName, coldName][at]!, cluster, seed, sizes, context));
        const rows = await takeTurns([...opened, ...cold.contenders], sizes.rounds, context);
        return { rows, ...judge(rows, opened) };
      } finally {
        await cold.close();
      }
    });
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}

async function openFilled(
  name: string,
  cluster: OpenCluster,
  seed: number,
  { tokens, steps, warmUp }: MillionSizes,
  { tell }: BenchContext,
): Promise<FilledSequence> {
  const startedMs = performance.now();
  const filled = await fillContext(cluster.client, { tokens, seed, signal: cluster.signal });
  tell(`${name}: filled in ${((performance.now() - startedMs) / 1000).toFixed(1)} s`);
  return FilledSequence.open(cluster, filled, { name, steps, warmUp });
}

function judge(
  rows: readonly BenchRow[],
  [hot, cold]: readonly FilledSequence[],
): Pick<BenchResult, 'ratios' | 'missing' | 'failures'> {
  const [hotRow, coldRow, ...reads] = rows;
  if (hotRow === undefined || coldRow === undefined) throw new RangeError('two rows were expected');
  const failures: string[] = [];
  if (hot?.answers.join() !== cold?.answers.join())
    failures.push(`${coldName}: the answers differ from those of ${hotName}`);
  const of = (row: BenchRow, figure: string): number => Number(row.figures[figure]);
  const diskBytes = of(coldRow, 'diskBytes');
  if (!(of(coldRow, 'mediumReadBytes') >= 0.99 * diskBytes))
    failures.push(`${coldName}: what was on disk came from the page cache`);
  const boundMs = stepBoundMs({
    hotMs: of(hotRow, 'stepMs'),
    hotCpuMs: of(hotRow, 'cpuMs'),
    pinnedBytes: of(coldRow, 'pinnedBytes'),
    diskBytes,
    rates: ColdReads.ratesOf(reads),
  });
  const name = 'million_vs_bound';
  const value = boundMs / of(coldRow, 'stepMs');
  const baseline = `the bound of ${boundMs.toFixed(1)} ms`;
  return { ratios: [{ name, value, n: coldRow.n, baseline }], missing: [], failures };
}

/** Of one worker, if all had the same. */
function workerBytesOf(geometry: Geometry, { tokens, rounds, steps, warmUp }: MillionSizes): number {
  const blocks = Math.ceil((tokens + rounds * (steps + warmUp)) / geometry.blockTokens);
  return (blocks * geometry.layers.length * slotBytes(geometry)) / millionWorkers;
}

function settingsOf(model: string, geometry: Geometry, sizes: MillionSizes): Settings {
  const { blockTokens } = geometry;
  return {
    ...settingsSchema.parse({
      model,
      stages: millionStages,
      workers: millionWorkers,
      blockTokens,
      threads: 1,
      attentionThreads: 1,
    }),
    diskBytes: 4 * workerBytesOf(geometry, sizes),
  };
}

function hotSettings(model: string, geometry: Geometry, sizes: MillionSizes): Settings {
  // A shard may have more than its half.
  const deviceBytes = 4 * workerBytesOf(geometry, sizes);
  return { ...settingsOf(model, geometry, sizes), deviceBytes, pinnedBytes: deviceBytes };
}

function coldSettings(model: string, geometry: Geometry, sizes: MillionSizes): Settings {
  const workerBytes = workerBytesOf(geometry, sizes);
  const least = splitLayers(geometry.layers.length, millionStages).map((layers) =>
    leastDeviceBytes(geometry, layers, sequencesAtOnce),
  );
  return {
    ...settingsOf(model, geometry, sizes),
    deviceBytes: Math.max(...least, Math.ceil(workerBytes * deviceShare)),
    pinnedBytes: Math.ceil(workerBytes * pinnedShare),
  };
}
