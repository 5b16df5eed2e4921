import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { demoModel, readDemoText } from '../../src/cli/demoInput.js';
import type { Settings } from '../../src/cli/settings.js';
import type { OpenCluster } from '../../src/cli/withCluster.js';
import { blockKeysOf } from '../../src/core/blockKey.js';
import { type Geometry, pageBytes } from '../../src/core/geometry.js';
import { hotSettings, liveBytes } from '../decode/clusterSettings.js';
import { prefillInto } from '../decode/prefillInto.js';
import type { BenchContext, BenchRatio, BenchResult, BenchRow } from '../support/bench.js';
import { takeTurns } from '../support/contender.js';
import { takeRatios } from '../support/ratios.js';
import { withClusters } from '../support/withClusters.js';
import { ColdReads } from './coldReads.js';
import { MeteredSequence } from './meteredSequence.js';
import { stepBoundMs } from './stepBound.js';

interface BoundSizes {
  readonly context: number;
  readonly rounds: number;
  /** Tokens that are timed in a round. */
  readonly tokens: number;
  readonly warmUp: number;
  /** Device slots beside the hot pages' through which the others pass. */
  readonly passingSlots: number;
  /** Bytes that the disk's rate is measured with. */
  readonly diskBytes: number;
}

const mib = 2 ** 20;
const fullSizes: BoundSizes = {
  context: 32_768,
  rounds: 7,
  tokens: 24,
  warmUp: 3,
  passingSlots: 16,
  diskBytes: 256 * mib,
};
const shortSizes: BoundSizes = {
  context: 4096,
  rounds: 2,
  tokens: 8,
  warmUp: 2,
  passingSlots: 4,
  diskBytes: 32 * mib,
};

/** Pages of 512 KiB, which bypass the page cache: what is on disk comes from the disk. */
const blockTokens = 1024;
/** Where the pages lie that are not hot. */
interface Placement {
  readonly name: string;
  readonly ratio: string;
  readonly coldShare: number;
  readonly from: 'pinned' | 'disk';
}

const placements: readonly Placement[] = [
  { name: '80 % cold in pinned memory', ratio: 'pinned80_vs_bound', coldShare: 0.8, from: 'pinned' },
  { name: '50 % cold on disk', ratio: 'disk50_vs_bound', coldShare: 0.5, from: 'disk' },
];
const hotName = 'all hot';
const decodeName = "all hot, as bench decode's";

/** Steps with much of the KV cold, against the least that they can take here; see stepBoundMs. */
export async function boundPart(context: BenchContext): Promise<BenchResult> {
  const base = context.short ? shortSizes : fullSizes;
  const sizes = { ...base, context: context.tokens ?? base.context };
  const prompt = readDemoText(undefined, sizes.context);
  const root = await mkdtemp(join(tmpdir(), 'kvtide-bench-'));
  const folder = (name: string): string => join(root, name);
  try {
    const usual = hotSettings(demoModel, folder('usual'));
    await prefillInto(prompt, usual, context);
    const hot = { ...hotSettings(demoModel, folder('hot')), blockTokens };
    const { geometry } = await prefillInto(prompt, hot, context);
    const cold: Settings[] = [];
    for (const placement of placements) {
      const dataDir = folder(placement.from);
      await cp(folder('hot'), dataDir, { recursive: true });
      cold.push({ ...hot, dataDir, ...budgets(placement, geometry, sizes) });
    }
    return await withClusters([usual, hot, ...cold], context, async (clusters) => {
      const reads = await ColdReads.open(root, geometry, sizes.diskBytes, context);
      try {
        return await measure(clusters, reads, prompt, sizes, context);
      } finally {
        await reads.close();
      }
    });
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}

function budgets(
  { coldShare, from }: Placement,
  geometry: Geometry,
  { context, passingSlots }: BoundSizes,
): Partial<Settings> {
  const layers = { from: 0, to: geometry.layers.length };
  const bytes = pageBytes(geometry);
  const pages = liveBytes(geometry, layers, context) / bytes - layers.to;
  const slots = Math.round(pages * (1 - coldShare)) + layers.to + passingSlots;
  return { deviceBytes: slots * bytes, ...(from === 'disk' && { pinnedBytes: 2 * bytes }) };
}

async function measure(
  clusters: readonly OpenCluster[],
  reads: ColdReads,
  prompt: readonly number[],
  sizes: BoundSizes,
  context: BenchContext,
): Promise<BenchResult> {
  const open: MeteredSequence[] = [];
  const names = [decodeName, hotName, ...placements.map(({ name }) => name)];
  const { rounds, tokens, warmUp } = sizes;
  for (const [at, cluster] of clusters.entries()) {
    const { client, signal } = cluster;
    if (placements[at - 2]?.from === 'pinned') {
      const { geometry } = await client.model();
      await client.blocks.prefetch(blockKeysOf(await client.rootKey(), prompt, geometry.blockTokens));
    }
    const room = rounds * (tokens + warmUp);
    const options = { name: names[at]!, prompt, room, tokens, warmUp, signal };
    open.push(await MeteredSequence.open(cluster, options));
  }
  const rows = await takeTurns([...open, ...reads.contenders], rounds, context);
  return resultOf(rows, open);
}

function resultOf(rows: readonly BenchRow[], open: readonly MeteredSequence[]): BenchResult {
  const [usual, hot] = rows;
  if (usual === undefined || hot === undefined) throw new RangeError('two rows were expected');
  const of = (row: BenchRow, figure: string): number => Number(row.figures[figure]);
  const rates = ColdReads.ratesOf(rows.slice(open.length));
  const failures: string[] = [];
  const told = [...rows];
  const ratios = placements.map(({ name, ratio, from }, index): BenchRatio => {
    const at = 2 + index;
    const row = rows[at]!; // a row a sequence
    const differs = open[at]!.live.decoded.findIndex((token, step) => token !== open[1]!.live.decoded[step]);
    if (differs >= 0) failures.push(`${name}: token ${differs} differs from that of ${hotName}`);
    const bytes = { pinnedBytes: of(row, 'pinnedBytes'), diskBytes: of(row, 'diskBytes') };
    if (bytes[`${from}Bytes`] === 0) failures.push(`${name}: nothing came from there`);
    if (of(row, 'mediumReadBytes') < 0.99 * bytes.diskBytes)
      failures.push(`${name}: what was on disk came from the page cache`);
    const boundMs = stepBoundMs({
      hotMs: of(hot, 'msPerToken'),
      hotCpuMs: of(hot, 'cpuMs'),
      ...bytes,
      rates,
    });
    told[at] = { ...row, figures: { ...row.figures, boundMs } };
    const baseline = `the bound of ${boundMs.toFixed(1)} ms`;
    return { name: ratio, value: boundMs / of(row, 'msPerToken'), n: row.n, baseline };
  });
  const taken = takeRatios([
    { name: 'hot_vs_decode_bench', figure: 'tokensPerSecond', over: hot, under: [usual] },
  ]);
  return {
    rows: told,
    ratios: [...ratios, ...taken.ratios],
    missing: taken.missing,
    failures,
  };
}
