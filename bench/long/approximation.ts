import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { demoModel, readDemoText } from '../../src/cli/demoInput.js';
import { type Settings, settingsSchema } from '../../src/cli/settings.js';
import type { OpenCluster } from '../../src/cli/withCluster.js';
import type { StageTrace, StepAnswer } from '../../src/client/stepAnswer.js';
import { type AttentionMode, exactAttention } from '../../src/core/attentionMode.js';
import { KvError } from '../../src/core/errors.js';
import type { Geometry } from '../../src/core/geometry.js';
import { Checkpoint } from '../../src/model/checkpoint.js';
import { geometryOf } from '../../src/model/modelConfig.js';
import { observedStepsMin } from '../../src/policy/heavyHitters.js';
import { coldDeviceBytes } from '../decode/clusterSettings.js';
import type { BenchContext, BenchResult, BenchRow } from '../support/bench.js';
import { benchSeed } from '../support/benchSeed.js';
import { median } from '../support/median.js';
import { withClusters } from '../support/withClusters.js';
import { attentionErrors } from './attentionError.js';
import { divergence, logitError, relativeError } from './logitError.js';
import { LongSequence } from './longSequence.js';
import { measuredMode } from './measuredModes.js';
import { writeNeedleModel } from './needleModel.js';
import { type Needle, needlePrompt } from './needlePrompt.js';
import { needleCount } from './needleSizes.js';
import { needleTokens } from './needleTokens.js';

interface ApproximationSizes {
  readonly textTokens: number;
  readonly positions: number;
  readonly textBlockTokens: number;
  readonly needleTokens: number;
  readonly needleBlockTokens: number;
}

const fullSizes: ApproximationSizes = {
  textTokens: 24_576,
  positions: 256,
  textBlockTokens: 64,
  needleTokens: 2 ** 17,
  needleBlockTokens: 128,
};
const shortSizes: ApproximationSizes = {
  textTokens: 2048,
  positions: 20,
  textBlockTokens: 64,
  needleTokens: 2 ** 12,
  needleBlockTokens: 64,
};

const share = 0.1;
/** Fillers decoded before a key, so that a mode that forgets has had its time to. */
const fillersBefore = observedStepsMin + 4;
/** The context, and the fork that is asked. */
const sequencesAtOnce = 2;
const plenty = 1024 * 2 ** 20;

interface NamedMode {
  readonly name: string;
  readonly mode: AttentionMode;
}

/** Sinks and window come to the same share as the others. */
function modesFor(tokens: number): readonly NamedMode[] {
  const windowTokens = Math.floor(tokens * share);
  return [
    { name: 'exact', mode: exactAttention },
    { name: 'sinks and window', mode: { kind: 'sinks', sinkTokens: 4, windowTokens } },
    { name: 'top pages', mode: { kind: 'topPages', share } },
    { name: 'heavy hitters', mode: { kind: 'heavyHitters', share } },
  ];
}

/**
 * What each approximate mode reads and what it costs: the next token's distribution at positions of the demo's
 * text, with the same tokens fed to all, and the needles that are found in the needle model's context.
 */
export async function approximationPart(context: BenchContext): Promise<BenchResult> {
  const base = context.short ? shortSizes : fullSizes;
  const sizes = { ...base, textTokens: context.tokens ?? base.textTokens };
  const text = await textPart(sizes, context);
  const needles = await needlePart(sizes, context);
  return {
    rows: [...text.rows, ...needles.rows],
    ratios: [...needles.ratios, ...text.ratios],
    missing: [],
    failures: [...text.failures, ...needles.failures],
  };
}

type PartResult = Pick<BenchResult, 'rows' | 'ratios'> & { readonly failures: readonly string[] };

async function textPart(sizes: ApproximationSizes, context: BenchContext): Promise<PartResult> {
  const { textTokens, positions, textBlockTokens } = sizes;
  const tokens = readDemoText(undefined, textTokens + positions);
  if (tokens.length < textTokens + positions)
    throw new KvError('invalid', `the demo's text has ${tokens.length} tokens, fewer than are wanted`);
  const settings = oneWorker(demoModel, textBlockTokens, textTokens);
  const modes = modesFor(textTokens);
  context.tell('text: attention of each mode');
  const shape = geometryFor(demoModel, textBlockTokens);
  const measured = modes.map(({ mode }) => measuredMode(mode, shape));
  const errors = await attentionErrors(tokens, positions, textBlockTokens, measured);
  return await withClusters([settings], context, async ([cluster]) => {
    const sequence = await prefilled(cluster, tokens.slice(0, textTokens), context);
    const rows: BenchRow[] = [];
    const ratios: BenchResult['ratios'][number][] = [];
    let exact: { logits: readonly Float32Array[]; bytes: number } | undefined;
    for (const [at, { name, mode }] of modes.entries()) {
      context.tell(`text: ${name}`);
      const { steps } = await sequence.decode(
        tokens.slice(textTokens),
        { topLogits: 1, allLogits: true },
        mode,
      );
      const answers = steps.map(({ answer }) => answer);
      const logits = answers.map(logitsOf);
      const bytes = bytesRead(answers);
      exact ??= { logits, bytes };
      const klNats = exact.logits.map((wanted, position) => divergence(wanted, logits[position]!));
      const mean = klNats.reduce((sum, nats) => sum + nats, 0) / klNats.length;
      rows.push({
        name: `text, ${name}`,
        n: steps.length,
        figures: {
          context: textTokens,
          stepMs: median(steps.map(({ ms }) => ms)),
          bytesPerStep: bytes,
          bytesVsExact: bytes / exact.bytes,
          fetchedBytesPerStep: bytesFetched(answers),
          attentionErrorRelative: errors[at]!,
          logitErrorRms: logitError(exact.logits, logits).rms,
          logitErrorRelative: relativeError(exact.logits, logits),
          klMeanNats: mean,
          klMaxNats: Math.max(...klNats),
          sameToken: exact.logits.filter((wanted, step) => largest(wanted) === largest(logits[step]!)).length,
        },
      });
      if (mode.kind !== 'topPages') continue;
      const of = { n: steps.length, baseline: 'text, exact' };
      ratios.push({ name: 'top_pages_bytes', value: bytes / exact.bytes, ...of });
      ratios.push({ name: 'top_pages_kl', value: mean, ...of });
    }
    return { rows, ratios, failures: [] };
  });
}

async function needlePart(sizes: ApproximationSizes, context: BenchContext): Promise<PartResult> {
  const seed = benchSeed();
  context.tell(`needles: seed ${seed}`);
  const { tokens, needles } = needlePrompt(sizes.needleTokens, needleCount, seed);
  const model = await mkdtemp(join(tmpdir(), 'kvtide-needle-'));
  try {
    writeNeedleModel(model);
    const settings = oneWorker(model, sizes.needleBlockTokens, sizes.needleTokens);
    return await withClusters([settings], context, async ([cluster]) => {
      const sequence = await prefilled(cluster, tokens, context);
      const rows: BenchRow[] = [];
      const ratios: BenchResult['ratios'][number][] = [];
      const failures: string[] = [];
      let exactBytes = 0;
      for (const { name, mode } of modesFor(sizes.needleTokens)) {
        context.tell(`needles: ${name}`);
        const asked = await askAll(sequence, needles, mode);
        const found = asked.filter(({ isFound }) => isFound).length;
        const bytes = median(asked.map((one) => one.bytes));
        if (mode.kind === 'exact') exactBytes = bytes;
        const figures = {
          context: sizes.needleTokens,
          seed,
          found,
          bytesPerStep: bytes,
          bytesVsExact: bytes / exactBytes,
          fetchedBytesPerStep: median(asked.map((one) => one.fetched)),
          stepMs: median(asked.map(({ ms }) => ms)),
        };
        rows.push({ name: `needles, ${name}`, n: asked.length, figures });
        if (mode.kind === 'exact' && found < needles.length)
          failures.push(`exact attention finds ${found} of ${needles.length} needles`);
        if (mode.kind !== 'topPages') continue;
        const baseline = `${needles.length} planted`;
        ratios.push({ name: 'top_pages_needles_found', value: found, n: asked.length, baseline });
      }
      return { rows, ratios, failures };
    });
  } finally {
    await rm(model, { recursive: true, force: true });
  }
}

interface Asked {
  readonly isFound: boolean;
  readonly bytes: number;
  readonly fetched: number;
  readonly ms: number;
}

/** Each needle in a fork of its own, after some fillers. */
async function askAll(
  sequence: LongSequence,
  needles: readonly Needle[],
  mode: AttentionMode,
): Promise<Asked[]> {
  const fillers = Array.from({ length: fillersBefore }, (_, at) => needleTokens.fillers.from + at);
  const asked: Asked[] = [];
  for (const { key, value } of needles) {
    const { steps } = await sequence.decode([...fillers, key], { topLogits: 1, allLogits: false }, mode);
    const { answer, ms } = steps.at(-1)!;
    asked.push({
      isFound: answer.topIds[0] === value,
      bytes: bytesRead([answer]),
      fetched: bytesFetched([answer]),
      ms,
    });
  }
  return asked;
}

/** Prefilled in a stream that keeps bounds, so that no step has to read pages to have some. */
async function prefilled(
  cluster: OpenCluster | undefined,
  tokens: readonly number[],
  { tell }: BenchContext,
): Promise<LongSequence> {
  if (cluster === undefined) throw new RangeError('one cluster was expected');
  const sequence = await LongSequence.create(cluster.client, tokens, cluster.signal);
  const { ms } = await sequence.prefill(() => {}, { kind: 'topPages', share });
  tell(`prefilled ${tokens.length} tokens in ${(ms / 1000).toFixed(1)} s`);
  return sequence;
}

/** One worker that has a tenth of the live KV on its device and the rest in pinned memory. */
function oneWorker(model: string, blockTokens: number, tokens: number): Settings {
  const geometry = geometryFor(model, blockTokens);
  const layers = { from: 0, to: geometry.layers.length };
  const settings = settingsSchema.parse({ model, stages: 1, blockTokens });
  return {
    ...settings,
    deviceBytes: coldDeviceBytes(geometry, [layers], tokens, sequencesAtOnce),
    pinnedBytes: plenty,
    diskBytes: plenty,
  };
}

function geometryFor(model: string, blockTokens: number): Geometry {
  const checkpoint = Checkpoint.open(model);
  checkpoint.close();
  return geometryOf(checkpoint.config, { dtype: 'f32', blockTokens });
}

/** Of sealed pages of full layers, a step. */
function bytesRead(answers: readonly StepAnswer[]): number {
  return perStep(answers, ({ attendedBytes }) => attendedBytes);
}

/** Brought to the device, a step. */
function bytesFetched(answers: readonly StepAnswer[]): number {
  return perStep(answers, ({ loadedBytes: { pinned, disk } }) => pinned + disk);
}

function perStep(answers: readonly StepAnswer[], figure: (stage: StageTrace) => number): number {
  return (
    answers.flatMap(({ stages }) => stages).reduce((sum, stage) => sum + figure(stage), 0) / answers.length
  );
}

function logitsOf({ logits }: StepAnswer): Float32Array {
  if (logits === null) throw new KvError('internal', 'a step came without its logits');
  return logits;
}

function largest(logits: Float32Array): number {
  return logits.indexOf(Math.max(...logits));
}
