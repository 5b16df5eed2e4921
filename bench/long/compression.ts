import { demoModel, readDemoText } from '../../src/cli/demoInput.js';
import { type Settings, settingsSchema } from '../../src/cli/settings.js';
import type { OpenCluster } from '../../src/cli/withCluster.js';
import { blockKeysOf } from '../../src/core/blockKey.js';
import { KvError } from '../../src/core/errors.js';
import { type Geometry, pageBytes } from '../../src/core/geometry.js';
import { prefillChunks } from '../../src/decode/prefillChunks.js';
import { Checkpoint } from '../../src/model/checkpoint.js';
import { geometryOf } from '../../src/model/modelConfig.js';
import type { DiskCompression } from '../../src/tiers/codec/diskCodecs.js';
import { leastDeviceBytes } from '../../src/tiers/leastDeviceBytes.js';
import type { BenchContext, BenchRatio, BenchResult, BenchRow } from '../support/bench.js';
import { median } from '../support/median.js';
import { withClusters } from '../support/withClusters.js';
import { divergence, type LogitError, logitError } from './logitError.js';

/** Pages of 256 KiB: slots of data files are multiples of 4 KiB, which small pages feel. */
const blockTokens = 512;
const fullSizes = { context: 16_384, positions: 256 };
const shortSizes = { context: 4096, positions: 16 };

const choices: readonly { readonly name: string; readonly compression: DiskCompression }[] = [
  { name: 'disk exact', compression: { dtype: 'exact', packing: 'none' } },
  { name: 'disk shuffle', compression: { dtype: 'exact', packing: 'shuffle' } },
  { name: 'disk int8', compression: { dtype: 'int8', packing: 'none' } },
  { name: 'disk int4', compression: { dtype: 'int4', packing: 'none' } },
];

/** What a cluster answered at each of some positions of a text. */
interface Answers {
  /** Float32 logits of the whole vocabulary, one array a position. */
  readonly logits: readonly Float32Array[];
  readonly stepMs: readonly number[];
  readonly diskBytesPerPage: number;
  /** Brought to the device from disk, in all. */
  readonly diskPagesRead: number;
}

/**
 * How much smaller pages on disk get, and what that costs: the next token's distribution at positions of the
 * demo's text, by workers that have next to no memory, so that nearly all KV comes from the disk, in the
 * prefill too; against the same with exact pages.
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
  let exact: Answers | undefined;
  for (const { name, compression } of choices) {
    context.tell(name);
    const settings = settingsOf(geometry, compression);
    const answers = await withClusters([settings], context, ([cluster]) => ask(cluster, text, sizes));
    if (answers.diskPagesRead === 0) failures.push(`${name}: no page was read from disk`);
    exact ??= answers;
    const error = logitError(exact.logits, answers.logits);
    const klNats = exact.logits.map((logits, at) => divergence(logits, answers.logits[at]!));
    rows.push(rowOf(name, geometry, answers, exact, error, klNats));
    if (compression.dtype === 'exact' && error.max > 0)
      failures.push(`${name}: logits differ from those of exact pages`);
    if (compression.dtype !== 'int8') continue;
    const baseline = 'disk exact';
    const n = sizes.positions;
    const bytesRatio = answers.diskBytesPerPage / exact.diskBytesPerPage;
    ratios.push({ name: 'disk_int8_bytes_vs_f32', value: bytesRatio, n, baseline });
    ratios.push({ name: 'disk_int8_kl_nats', value: mean(klNats), n, baseline });
  }
  return { rows, ratios, missing: [], failures };
}

async function ask(
  cluster: OpenCluster | undefined,
  text: readonly number[],
  sizes: { readonly context: number; readonly positions: number },
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
  const disks = figures.flatMap(({ tiers }) => tiers.filter(({ tier }) => tier === 'disk'));
  const sum = (of: (disk: (typeof disks)[number]) => number) =>
    disks.reduce((all, disk) => all + of(disk), 0);
  return {
    logits,
    stepMs,
    diskBytesPerPage: sum(({ usedBytes }) => usedBytes) / sum(({ pages }) => pages),
    diskPagesRead: sum(({ loadedPages }) => loadedPages),
  };
}

function rowOf(
  name: string,
  geometry: Geometry,
  { diskBytesPerPage, diskPagesRead, stepMs }: Answers,
  exact: Answers,
  error: LogitError,
  klNats: readonly number[],
): BenchRow {
  return {
    name,
    n: klNats.length,
    figures: {
      pageBytes: pageBytes(geometry),
      diskBytesPerPage,
      bytesVsExact: diskBytesPerPage / exact.diskBytesPerPage,
      diskPagesRead,
      stepMs: median(stepMs),
      logitErrorMax: error.max,
      logitErrorRms: error.rms,
      klMeanNats: mean(klNats),
      klMaxNats: Math.max(...klNats),
    },
  };
}

/** One worker with the least device that decodes, and no pinned memory. */
function settingsOf(geometry: Geometry, { dtype, packing }: DiskCompression): Settings {
  return {
    ...settingsSchema.parse({ model: demoModel, stages: 1, blockTokens }),
    deviceBytes: leastDeviceBytes(geometry, { from: 0, to: geometry.layers.length }),
    pinnedBytes: 0,
    diskDtype: dtype,
    diskCodec: packing,
  };
}

function demoGeometry(): Geometry {
  const checkpoint = Checkpoint.open(demoModel);
  checkpoint.close();
  return geometryOf(checkpoint.config, { dtype: 'f32', blockTokens });
}

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;
