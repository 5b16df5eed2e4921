import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Settings, settingsSchema } from '../../src/cli/settings.js';
import type { OpenCluster } from '../../src/cli/withCluster.js';
import { type Geometry, pageBytes, slotBytes } from '../../src/core/geometry.js';
import { readModelConfig } from '../../src/model/checkpoint.js';
import { geometryOf } from '../../src/model/modelConfig.js';
import { pageChecksum } from '../../src/transfer/checksum.js';
import type { BenchContext, BenchResult, BenchRow } from '../support/bench.js';
import { benchSeed } from '../support/benchSeed.js';
import { type Contender, takeTurns } from '../support/contender.js';
import { withClusters } from '../support/withClusters.js';
import { BenchPages, benchHalfBytes } from '../transfer/benchPages.js';
import { measuredMove } from '../transfer/measuredMove.js';
import { denseBlockTokens, denseModel, writeDenseModel } from './denseModel.js';
import { fillContext } from './fillContext.js';
import { FilledSequence } from './filledSequence.js';
import { growthPlot } from './growthPlot.js';

interface GrowthSizes {
  /** Ascending, whole blocks. */
  readonly contexts: readonly number[];
  readonly rounds: number;
  readonly steps: number;
  readonly warmUp: number;
}

const fullSizes: GrowthSizes = {
  contexts: [2 ** 10, 2 ** 12, 2 ** 14, 2 ** 16, 2 ** 18, 2 ** 20],
  rounds: 3,
  steps: 8,
  warmUp: 2,
};
const shortSizes: GrowthSizes = { contexts: [2 ** 10, 2 ** 12, 2 ** 14], rounds: 2, steps: 4, warmUp: 1 };
/** More than the caches of a processor hold. */
const readPages = 64;

/**
 * How the time of a step grows with the context: one worker with all cores and everything hot, on a model
 * with full attention in each layer. The bound is the time in which the cores read the context's KV once.
 */
export async function growth(context: BenchContext): Promise<BenchResult> {
  const sizes = sizesOf(context);
  const longest = Math.max(...sizes.contexts);
  const seed = benchSeed();
  const root = await mkdtemp(join(tmpdir(), 'kvtide-bench-'));
  try {
    const model = join(root, 'model');
    writeDenseModel(model, denseModel);
    const geometry = geometryOf(readModelConfig(model), { dtype: 'f32', blockTokens: denseBlockTokens });
    return await withClusters([settingsOf(model, geometry, longest)], context, async ([cluster]) => {
      if (cluster === undefined) throw new RangeError('one cluster was expected');
      const open = await openAll(cluster, seed, sizes);
      const rows = await takeTurns([...open, memoryRead()], sizes.rounds, context);
      return resultOf(rows, geometry, sizes, context);
    });
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}

function sizesOf({ short, tokens }: BenchContext): GrowthSizes {
  const sizes = short ? shortSizes : fullSizes;
  return { ...sizes, contexts: sizes.contexts.filter((context) => context <= (tokens ?? context)) };
}

/** The shorter contexts are the beginnings of the longest. */
async function openAll(
  cluster: OpenCluster,
  seed: number,
  { contexts, steps, warmUp }: GrowthSizes,
): Promise<FilledSequence[]> {
  const { client, signal } = cluster;
  const whole = await fillContext(client, { tokens: Math.max(...contexts), seed, signal });
  const open: FilledSequence[] = [];
  for (const tokens of contexts) {
    const keys = whole.keys.slice(0, tokens / denseBlockTokens);
    const { plan } = await client.sequences.create(keys, tokens, { signal });
    const options = { name: `all hot, context ${tokens}`, steps, warmUp };
    open.push(await FilledSequence.open(cluster, { sequence: plan.sequence, keys, tokens }, options));
  }
  return open;
}

/** Hashing at the speed of memory: each byte is read once, by one core. */
function memoryRead(): Contender {
  const pages = new BenchPages(readPages);
  return {
    name: 'memory, read by one core',
    round: () =>
      measuredMove(readPages * 2 * benchHalfBytes, [], async () => {
        for (let page = 0; page < readPages; page += 1) pageChecksum(pages.view(page));
      }),
  };
}

async function resultOf(
  rows: readonly BenchRow[],
  geometry: Geometry,
  { contexts }: GrowthSizes,
  { plot, tell }: BenchContext,
): Promise<BenchResult> {
  const memory = rows.at(-1);
  const bytesPerMs = Number(memory?.figures.gigabytesPerSecond) * 1e6 * availableParallelism();
  const bytesPerToken = (geometry.layers.length * pageBytes(geometry)) / geometry.blockTokens;
  const points = contexts.map((tokens, at) => ({
    tokens,
    stepMs: Number(rows[at]?.figures.stepMs),
    boundMs: (tokens * bytesPerToken) / bytesPerMs,
  }));
  const told = points.map(({ tokens, boundMs }, at): BenchRow => {
    const { name, n, figures } = rows[at]!; // a row a context
    return { name, n, figures: { ...figures, kvBytes: tokens * bytesPerToken, boundMs } };
  });
  const file = plot ?? join(tmpdir(), `kvtide-step-time-${process.pid}.svg`);
  await writeFile(file, growthPlot(points));
  tell(`step time by context: ${file}`);
  const plotted: BenchRow = { name: 'plot', n: points.length, figures: { file } };
  return { rows: [...told, ...rows.slice(-1), plotted], ratios: [], missing: [] };
}

function settingsOf(model: string, geometry: Geometry, tokens: number): Settings {
  const { blockTokens, layers } = geometry;
  const bytes = (tokens / blockTokens) * layers.length * slotBytes(geometry);
  // Beside the context: what each sequence grows by, and the pages that pass.
  const roomy = 2 * bytes + 64 * slotBytes(geometry);
  return {
    ...settingsSchema.parse({ model, stages: 1, blockTokens }),
    deviceBytes: roomy,
    pinnedBytes: roomy,
    diskBytes: 2 * roomy,
  };
}
