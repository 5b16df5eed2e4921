import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Settings, settingsSchema } from '../../src/cli/settings.js';
import { type Geometry, slotBytes } from '../../src/core/geometry.js';
import { splitLayers } from '../../src/core/layerRange.js';
import { Checkpoint } from '../../src/model/checkpoint.js';
import { geometryOf } from '../../src/model/modelConfig.js';
import { leastDeviceBytes } from '../../src/tiers/leastDeviceBytes.js';
import type { Bench, BenchContext, BenchRow } from '../support/bench.js';
import { benchSeed } from '../support/benchSeed.js';
import { median } from '../support/median.js';
import { withClusters } from '../support/withClusters.js';
import { deviceShare, millionStages, millionWorkers, pinnedShare } from './coldShares.js';
import { LongSequence } from './longSequence.js';
import { writeNeedleModel } from './needleModel.js';
import { type Needle, needlePrompt, withoutNeedle } from './needlePrompt.js';
import { fullSizes, type NeedleSizes, needleCount, shortSizes } from './needleSizes.js';

/** The most that a prefill may be silent for. */
const progressMs = 10_000;
/** The context, its control, and the fork that is asked. */
const sequencesAtOnce = 3;

/** One long prefill, and forks that each ask for one of the needles in it; then without one of them. */
export const needlesPart: Bench = async (context) => {
  const base = context.short ? shortSizes : fullSizes;
  const sizes = { ...base, tokens: context.tokens ?? base.tokens };
  const seed = benchSeed();
  context.tell(`needles: seed ${seed}`);
  const { tokens, needles } = needlePrompt(sizes.tokens, needleCount, seed);
  const model = await mkdtemp(join(tmpdir(), 'kvtide-needle-'));
  try {
    writeNeedleModel(model, sizes);
    const geometry = geometryFrom(model, sizes);
    const settings = settingsOf(model, geometry, sizes);
    return await withClusters([settings], context, async ([cluster]) => {
      if (cluster === undefined) throw new RangeError('one cluster was expected');
      const { client, signal } = cluster;
      const whole = await LongSequence.create(client, tokens, signal);
      const prefill = await whole.prefill(progress(context, sizes.tokens));
      const asked = await askAll(whole, needles);
      // The deepest: everything before it is shared with the first sequence.
      const removed = needles.at(-1)!;
      const control = await LongSequence.create(client, withoutNeedle(tokens, removed), signal);
      const controlPrefill = await control.prefill(progress(context, sizes.tokens));
      const controlled = await askAll(control, needles);
      const rows: BenchRow[] = [
        {
          name: 'needles, prefill',
          n: 1,
          figures: {
            context: sizes.tokens,
            seed,
            prefillMs: prefill.ms,
            tokensPerSecond: (prefill.computedTokens * 1000) / prefill.ms,
            kvBytes: kvBytesOf(geometry, sizes),
            workerDeviceBytes: settings.deviceBytes,
            workerPinnedBytes: settings.pinnedBytes,
          },
        },
        { name: 'needles, a fork', n: asked.length, figures: forkFigures(asked) },
        {
          name: 'needles, control',
          n: controlled.length,
          figures: {
            ...forkFigures(controlled),
            sharedTokens: controlPrefill.cachedTokens,
            computedTokens: controlPrefill.computedTokens,
          },
        },
      ];
      const found = asked.filter((one) => isRight(one) && isKept(one)).length;
      const failures = [
        ...[...asked, ...controlled]
          .filter((one) => !isKept(one))
          .map(
            ({ needle, cachedTokens }) =>
              `the needle at ${needle.position} was computed again: ${cachedTokens} tokens were kept`,
          ),
        ...asked.filter((one) => !isRight(one)).map(({ needle }) => `needle at ${needle.position} not found`),
        ...controlled
          .filter((one) => isRight(one) === (one.needle === removed))
          .map(({ needle, answer }) =>
            needle === removed
              ? `the control answers ${answer} for the needle that was replaced`
              : `the control does not find the needle at ${needle.position}`,
          ),
      ];
      const ratios = [
        { name: 'needles_found', value: found, n: asked.length, baseline: `${needles.length} planted` },
      ];
      return { rows, ratios, missing: [], failures };
    });
  } finally {
    await rm(model, { recursive: true, force: true });
  }
};

interface Asked {
  readonly needle: Needle;
  readonly answer: number;
  readonly cachedTokens: number;
  readonly ms: number;
  /** Of the step, over all stages. */
  readonly stallMs: number;
  readonly coldBytes: number;
}

/** A needle in KV that was computed again says nothing about what was kept. */
const isKept = ({ needle, cachedTokens }: Asked): boolean => needle.position < cachedTokens;
const isRight = ({ needle, answer }: Asked): boolean => answer === needle.value;

async function askAll(sequence: LongSequence, needles: readonly Needle[]): Promise<Asked[]> {
  const asked: Asked[] = [];
  for (const needle of needles) {
    const startedMs = performance.now();
    const { cachedTokens, step } = await sequence.ask(needle.key);
    const { topIds, stages } = step;
    asked.push({
      needle,
      answer: topIds[0] ?? -1,
      cachedTokens,
      ms: performance.now() - startedMs,
      stallMs: stages.reduce((sum, stage) => sum + stage.stallMs, 0),
      coldBytes: stages.reduce((sum, { loadedBytes: { pinned, disk } }) => sum + pinned + disk, 0),
    });
  }
  return asked;
}

function forkFigures(asked: readonly Asked[]): Record<string, number> {
  return {
    found: asked.filter(isRight).length,
    cachedTokensMin: Math.min(...asked.map(({ cachedTokens }) => cachedTokens)),
    forkMs: median(asked.map(({ ms }) => ms)),
    stallMs: median(asked.map(({ stallMs }) => stallMs)),
    coldBytes: median(asked.map(({ coldBytes }) => coldBytes)),
  };
}

function geometryFrom(model: string, { blockTokens }: NeedleSizes): Geometry {
  const checkpoint = Checkpoint.open(model);
  checkpoint.close();
  return geometryOf(checkpoint.config, { dtype: 'f32', blockTokens });
}

/** All pages of the context, those that left their windows included. */
function kvBytesOf(geometry: Geometry, { tokens, blockTokens }: NeedleSizes): number {
  return (tokens / blockTokens) * geometry.layers.length * slotBytes(geometry);
}

/** Budgets by the share of the KV that one worker keeps. */
function settingsOf(model: string, geometry: Geometry, sizes: NeedleSizes): Settings {
  const workerBytes = kvBytesOf(geometry, sizes) / millionWorkers;
  const least = splitLayers(geometry.layers.length, millionStages).map((layers) =>
    leastDeviceBytes(geometry, layers, sequencesAtOnce),
  );
  const { blockTokens } = sizes;
  return {
    ...settingsSchema.parse({ model, stages: millionStages, workers: millionWorkers, blockTokens }),
    deviceBytes: Math.max(...least, Math.ceil(workerBytes * deviceShare)),
    pinnedBytes: Math.ceil(workerBytes * pinnedShare),
    // The control's blocks lie beside those of the first sequence.
    diskBytes: Math.ceil(workerBytes * 4),
  };
}

/** Says now and then how far a prefill has come. */
function progress({ tell }: BenchContext, total: number): (computed: number) => void {
  let toldMs = performance.now();
  return (computed) => {
    if (performance.now() - toldMs < progressMs) return;
    toldMs = performance.now();
    tell(`prefilled ${computed} of ${total} tokens`);
  };
}
