import { demoModel, readDemoText } from '../../src/cli/demoInput.js';
import { type Settings, settingsSchema } from '../../src/cli/settings.js';
import type { OpenCluster } from '../../src/cli/withCluster.js';
import { blockKeysOf } from '../../src/core/blockKey.js';
import { KvError } from '../../src/core/errors.js';
import { type Geometry, pageBytes } from '../../src/core/geometry.js';
import { prefillChunks } from '../../src/decode/prefillChunks.js';
import { Checkpoint } from '../../src/model/checkpoint.js';
import { geometryOf } from '../../src/model/modelConfig.js';
import type { DiskPacking } from '../../src/tiers/codec/diskCodecs.js';
import type { TierDtype } from '../../src/tiers/codec/tierDtype.js';
import { leastDeviceBytes } from '../../src/tiers/leastDeviceBytes.js';
import { pinnedSlotBytes } from '../../src/tiers/pinnedTier.js';
import type { BenchContext, BenchRatio, BenchResult, BenchRow } from '../support/bench.js';
import { median } from '../support/median.js';
import { withClusters } from '../support/withClusters.js';
import { divergence, type LogitError, logitError } from './logitError.js';

/** Pages of 256 KiB: slots of data files are multiples of 4 KiB, which small pages feel. */
const blockTokens = 512;
const fullSizes = { context: 16_384, positions: 256 };
const shortSizes = { context: 1024, positions: 16 };

interface Choice {
  readonly name: string;
  /** Where all pages but the tails lie. */
  readonly tier: 'pinned' | 'disk';
  readonly dtype: TierDtype;
  readonly packing?: DiskPacking;
}

/** The exact one of a tier comes first. */
const choices: readonly Choice[] = [
  { name: 'disk exact', tier: 'disk', dtype: 'exact' },
  { name: 'disk shuffle', tier: 'disk', dtype: 'exact', packing: 'shuffle' },
  { name: 'disk int8', tier: 'disk', dtype: 'int8' },
  { name: 'disk int4', tier: 'disk', dtype: 'int4' },
  { name: 'pinned exact', tier: 'pinned', dtype: 'exact' },
  { name: 'pinned int8', tier: 'pinned', dtype: 'int8' },
  { name: 'pinned int4', tier: 'pinned', dtype: 'int4' },
];

/** What a cluster answered at each of some positions of a text. */
interface Answers {
  /** Float32 logits of the whole vocabulary, one array a position. */
  readonly logits: readonly Float32Array[];
  readonly stepMs: readonly number[];
  /** In the tier where the pages lie. */
  readonly bytesPerPage: number;
  /** Brought from there to the device, in all. */
  readonly pagesRead: number;
}

/**
 * How much smaller pages on disk and in pinned memory get, and what that costs: the next token's distribution
 * at positions of the demo's text, by workers that keep nearly all KV in that one tier, in the prefill too;
 * against the same with exact pages.
 */
export async function compressionPart(context: BenchContext): Promise<BenchResult> {
  const base = context.short ? shortSizes : fullSizes;
  const sizes = { ...base, context: context.tokens ?? base.context };
  const text = readDemoText(undefined, sizes.context + sizes.positions);
  if (text.length < sizes.context + sizes.positions)
    throw new KvError('invalid', `the demo's text has ${text.length} tokens, fewer than are wanted`);
  const geometry = demoGeometry();
  const rows: BenchRow[] = [];
  const ratios: BenchRatio[] = [];
  const failures: string[] = [];
  const exactOf = new Map<string, Answers>();
  let exact: Answers | undefined;
  for (const choice of choices) {
    const { name, tier, dtype } = choice;
    context.tell(name);
    const settings = settingsOf(geometry, choice, text.length);
    const answers = await withClusters([settings], context, ([cluster]) => ask(cluster, text, sizes, tier));
    if (answers.pagesRead === 0) failures.push(`${name}: no page was read from there`);
    exact ??= answers;
    const exactHere = exactOf.get(tier) ?? answers;
    exactOf.set(tier, exactHere);
    const error = logitError(exact.logits, answers.logits);
    const klNats = exact.logits.map((logits, at) => divergence(logits, answers.logits[at]!));
    const bytesVsExact = answers.bytesPerPage / exactHere.bytesPerPage;
    rows.push(rowOf(name, geometry, answers, bytesVsExact, error, klNats));
    if (dtype === 'exact' && error.max > 0) failures.push(`${name}: logits differ from those of exact pages`);
    if (dtype !== 'int8') continue;
    const baseline = `${tier} exact`;
    const n = sizes.positions;
    const bytesName = tier === 'disk' ? 'disk_int8_bytes_vs_f32' : 'pinned_int8_bytes';
    ratios.push({ name: bytesName, value: bytesVsExact, n, baseline });
    ratios.push({ name: `${tier}_int8_kl_nats`, value: mean(klNats), n, baseline });
  }
  return { rows, ratios, missing: [], failures };
}

async function ask(
  cluster: OpenCluster | undefined,
  text: readonly number[],
  sizes: { readonly context: number; readonly positions: number },
  tier: Choice['tier'],
): Promise<Answers> {
  if (cluster === undefined) throw new RangeError('one cluster was expected');
  const { client, signal } = cluster;
  const logits: Float32Array[] = [];
  const stepMs: number[] = [];
  const keys = blockKeysOf(await client.rootKey(), text.slice(0, sizes.context), blockTokens);
  const { plan } = await client.sequences.create(keys, text.length, { signal });
  const stream = await client.decode(plan.sequence, keys, { signal });
  try {
    for (const { position, end } of prefillChunks(0, sizes.context, blockTokens))
      await stream.step(position, text.slice(position, end), { topLogits: 0, allLogits: false });
    for (let position = sizes.context; position < text.length; position += 1) {
      const startedMs = performance.now();
      const answer = await stream.step(position, [text[position]!], { topLogits: 0, allLogits: true });
      stepMs.push(performance.now() - startedMs);
      if (answer.logits === null) throw new KvError('internal', 'a step came without its logits');
      logits.push(answer.logits);
    }
  } finally {
    stream.close();
    await client.sequences.release(plan.sequence).catch(() => {});
  }
  const { workers } = (await client.status()).cluster;
  const figures = await Promise.all(workers.map(({ address }) => client.workerFigures(address)));
  const stats = figures.flatMap(({ tiers }) => tiers.filter((of) => of.tier === tier));
  const sum = (of: (tier: (typeof stats)[number]) => number) => stats.reduce((all, one) => all + of(one), 0);
  return {
    logits,
    stepMs,
    bytesPerPage: sum(({ usedBytes }) => usedBytes) / sum(({ pages }) => pages),
    pagesRead: sum(({ loadedPages }) => loadedPages),
  };
}

function rowOf(
  name: string,
  geometry: Geometry,
  { bytesPerPage, pagesRead, stepMs }: Answers,
  bytesVsExact: number,
  error: LogitError,
  klNats: readonly number[],
): BenchRow {
  return {
    name,
    n: klNats.length,
    figures: {
      pageBytes: pageBytes(geometry),
      bytesPerPage,
      bytesVsExact,
      pagesRead,
      stepMs: median(stepMs),
      logitErrorMax: error.max,
      logitErrorRms: error.rms,
      klMeanNats: mean(klNats),
      klMaxNats: Math.max(...klNats),
    },
  };
}

/** One worker with the least device that decodes, and all pages of so many tokens in one of the other tiers. */
function settingsOf(geometry: Geometry, { tier, dtype, packing }: Choice, tokens: number): Settings {
  const parsed = settingsSchema.parse({ model: demoModel, stages: 1, blockTokens });
  const deviceBytes = leastDeviceBytes(geometry, { from: 0, to: geometry.layers.length });
  if (tier === 'disk')
    return { ...parsed, deviceBytes, pinnedBytes: 0, diskDtype: dtype, diskCodec: packing ?? 'none' };
  const pages = Math.ceil(tokens / blockTokens) * geometry.layers.length;
  const pinnedBytes = pages * pinnedSlotBytes(geometry, dtype);
  return { ...parsed, deviceBytes, pinnedBytes, diskBytes: 0, pinnedDtype: dtype };
}

function demoGeometry(): Geometry {
  const checkpoint = Checkpoint.open(demoModel);
  checkpoint.close();
  return geometryOf(checkpoint.config, { dtype: 'f32', blockTokens });
}

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;
