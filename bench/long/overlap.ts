import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { demoModel, readDemoText } from '../../src/cli/demoInput.js';
import type { Settings } from '../../src/cli/settings.js';
import type { OpenCluster } from '../../src/cli/withCluster.js';
import { blockKeysOf } from '../../src/core/blockKey.js';
import { KvError } from '../../src/core/errors.js';
import { type Geometry, pageBytes } from '../../src/core/geometry.js';
import { hotSettings, liveBytes } from '../decode/clusterSettings.js';
import { LiveSequence } from '../decode/liveSequence.js';
import { prefillInto } from '../decode/prefillInto.js';
import type { BenchContext, BenchGrid, BenchResult, BenchRow } from '../support/bench.js';
import { takeTurns } from '../support/contender.js';
import { median } from '../support/median.js';
import { withClusters } from '../support/withClusters.js';
import { hidableRatio, optimumMisses } from './cyclicScan.js';
import { LinkedSequence } from './linkedSequence.js';

interface OverlapSizes {
  readonly context: number;
  /** Of a block. A run of small pages costs more to start than to compute, and hides as little as it computes. */
  readonly blockTokens: number;
  readonly rounds: number;
  /** Tokens that are timed in a round. */
  readonly tokens: number;
  readonly warmUp: number;
  /** Rounds of the hot cluster alone, which the link is set by. */
  readonly hotRounds: number;
}

const fullSizes: OverlapSizes = {
  context: 32_768,
  blockTokens: 1024,
  rounds: 5,
  tokens: 24,
  warmUp: 3,
  hotRounds: 3,
};
const shortSizes: OverlapSizes = {
  context: 4096,
  blockTokens: 256,
  rounds: 2,
  tokens: 8,
  warmUp: 2,
  hotRounds: 2,
};

/** Time on the link for the pages that are not hot, over the compute time with everything hot. */
const linkShare = 0.8;
const coldShares = [0.3, 0.5, 0.8] as const;
/** The cold share that the ratio is taken at. */
const judgedShare = 0.5;
const policies = ['fixed', 'lru'] as const;
/** Device slots beside the hot pages' through which the others pass. */
const passingSlots = 16;

interface Point {
  readonly name: string;
  readonly residency: (typeof policies)[number];
  readonly coldShare: number;
  /** Pages that a step reads, and those that have room to stay. */
  readonly pages: number;
  readonly hotPages: number;
  readonly linkBandwidth: number;
}

/**
 * How much of the time on the link compute hides. The kernel has one core, so that the other one has room
 * for the copies that stand in for a copy engine.
 */
export async function overlapPart(context: BenchContext): Promise<BenchResult> {
  const sizes = sizesOf(context);
  const prompt = readDemoText(undefined, sizes.context);
  const root = await mkdtemp(join(tmpdir(), 'kvtide-bench-'));
  try {
    const kept = join(root, 'kept');
    const { blockTokens } = sizes;
    const keptSettings = { ...hotSettings(demoModel, kept), dataDir: kept, blockTokens };
    const { geometry } = await prefillInto(prompt, keptSettings, context);
    const allHot = await settingsOn(keptSettings, join(root, 'hot'));
    return await withClusters([allHot], context, async ([hot]) => {
      if (hot === undefined) throw new RangeError('a cluster was expected');
      const live = await openSequence(hot, 'all hot', prompt, sizes);
      const hotMs = await hotComputeMs(live, sizes);
      context.tell(`all hot, a step computes for ${hotMs.toFixed(2)} ms`);
      const points = pointsOf(geometry, sizes.context, hotMs);
      const settings: Settings[] = [];
      for (const [at, point] of points.entries()) {
        settings.push({
          ...(await settingsOn(keptSettings, join(root, `${at}`))),
          ...linked(point, geometry),
        });
      }
      const rows = await withClusters(settings, context, async (clusters) => {
        const linkedSequences: LinkedSequence[] = [];
        for (const [at, cluster] of clusters.entries()) {
          linkedSequences.push(await openLinked(cluster, points[at]!, prompt, sizes)); // one a point
        }
        const measured = await takeTurns([live, ...linkedSequences], sizes.rounds, context);
        checkSameTokens(live, linkedSequences);
        return measured;
      });
      return resultOf(rows, points, hotMs, geometry);
    });
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}

function sizesOf({ short, tokens }: BenchContext): OverlapSizes {
  const sizes = short ? shortSizes : fullSizes;
  return { ...sizes, context: tokens ?? sizes.context };
}

/** A cluster with everything hot and one core, on data of its own. */
async function settingsOn(kept: Settings & { readonly dataDir: string }, dataDir: string): Promise<Settings> {
  await cp(kept.dataDir, dataDir, { recursive: true });
  return { ...kept, dataDir, threads: 1, attentionThreads: 1 };
}

function linked({ residency, hotPages, linkBandwidth }: Point, geometry: Geometry): Partial<Settings> {
  const slots = hotPages + geometry.layers.length + passingSlots;
  return { residency, linkBandwidth, deviceBytes: slots * pageBytes(geometry) };
}

function pointsOf(geometry: Geometry, context: number, hotMs: number): Point[] {
  const layers = { from: 0, to: geometry.layers.length };
  const bytes = pageBytes(geometry);
  const pages = liveBytes(geometry, layers, context) / bytes - layers.to;
  return coldShares.flatMap((coldShare) =>
    policies.map((residency): Point => {
      const coldPages = Math.round(pages * coldShare);
      const linkBandwidth = Math.round((coldPages * bytes) / ((linkShare * hotMs) / 1e3));
      const name = `${residency}, ${coldShare * 100} % cold`;
      return { name, residency, coldShare, pages, hotPages: pages - coldPages, linkBandwidth };
    }),
  );
}

function openSequence(
  { client, signal }: OpenCluster,
  name: string,
  prompt: readonly number[],
  sizes: OverlapSizes,
): Promise<LiveSequence> {
  return LiveSequence.open(client, optionsOf(name, prompt, sizes, signal));
}

/** All pages lie in memory before the first step. */
async function openLinked(
  { client, signal }: OpenCluster,
  { name }: Point,
  prompt: readonly number[],
  sizes: OverlapSizes,
): Promise<LinkedSequence> {
  const { geometry } = await client.model();
  await client.blocks.prefetch(blockKeysOf(await client.rootKey(), prompt, geometry.blockTokens));
  return LinkedSequence.open(client, optionsOf(name, prompt, sizes, signal));
}

function optionsOf(name: string, prompt: readonly number[], sizes: OverlapSizes, signal: AbortSignal) {
  const { hotRounds, rounds, tokens, warmUp } = sizes;
  const room = (hotRounds + rounds) * (tokens + warmUp);
  return { name, prompt, room, tokens, warmUp, signal };
}

async function hotComputeMs(live: LiveSequence, { hotRounds }: OverlapSizes): Promise<number> {
  const samples: number[] = [];
  for (let round = 0; round < hotRounds; round += 1) samples.push((await live.round()).computeMs ?? 0);
  return median(samples);
}

/** @throws KvError `internal` when a link changed what was decoded. */
function checkSameTokens(hot: LiveSequence, others: readonly LinkedSequence[]): void {
  for (const { name, live } of others) {
    const differs = live.decoded.findIndex((token, at) => token !== hot.decoded[at]);
    if (differs >= 0) throw new KvError('internal', `${name}: token ${differs} differs from all hot`);
  }
}

function resultOf(
  rows: readonly BenchRow[],
  points: readonly Point[],
  computeMs: number,
  geometry: Geometry,
): BenchResult {
  const [hot, ...others] = rows;
  if (hot === undefined) throw new RangeError('a row was expected');
  const hotMs = Number(hot.figures.msPerToken);
  const told = others.map((row): BenchRow => {
    const addedMs = Math.max(0, Number(row.figures.msPerToken) - hotMs);
    const linkMs = Number(row.figures.linkMs);
    const hiddenRatio = linkMs > 0 ? Math.max(0, 1 - addedMs / linkMs) : 1;
    return { ...row, figures: { ...row.figures, hiddenRatio } };
  });
  const computed = points.flatMap((point) => computedRow(point, computeMs, geometry));
  const at = points.findIndex((point) => point.residency === 'fixed' && point.coldShare === judgedShare);
  const judged = others[at];
  const name = 'step_link_vs_hot';
  if (judged === undefined) return { rows, ratios: [], missing: [{ name, reason: 'its row is missing' }] };
  const value = Number(judged.figures.msPerToken) / hotMs;
  const ratio = { name, value, n: Math.min(judged.n, hot.n), baseline: hot.name };
  const all = [...told, ...computed];
  return { rows: [hot, ...all], ratios: [ratio], grids: [hiddenGrid(all)], missing: [] };
}

/** The rows' hidden ratios: a line a choice of what stays, a column a cold share. */
function hiddenGrid(rows: readonly BenchRow[]): BenchGrid {
  const choices = [...policies, 'lru (computed)', 'optimum (computed)'];
  const shareText = (share: number): string => `${share * 100} % cold`;
  return {
    title: "hidden ratio of the link's time",
    columns: coldShares.map(shareText),
    lines: choices.map((choice) => ({
      name: choice,
      cells: coldShares.map((share) => {
        const row = rows.find(({ name }) => name === `${choice}, ${shareText(share)}`);
        return Number(row?.figures.hiddenRatio);
      }),
    })),
  };
}

/** What the scan of a step makes of each choice by itself, without a step that holds on to what it found. */
function computedRow(point: Point, computeMs: number, geometry: Geometry): BenchRow[] {
  if (point.residency !== 'fixed') return [];
  const { coldShare, hotPages, linkBandwidth, pages } = point;
  const row = (choice: string, loadedPages: number): BenchRow => {
    const linkMs = ((loadedPages * pageBytes(geometry)) / linkBandwidth) * 1e3;
    const figures = { loadedPages, linkMs, hiddenRatio: hidableRatio(linkMs, computeMs) };
    return { name: `${choice} (computed), ${coldShare * 100} % cold`, n: 0, figures };
  };
  return [row('lru', pages), row('optimum', optimumMisses(pages, hotPages))];
}
