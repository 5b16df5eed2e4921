import { setMaxListeners } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { collectGeneration } from '../../src/cli/collectGeneration.js';
import { demoModel, readDemoText } from '../../src/cli/demoInput.js';
import type { OpenCluster } from '../../src/cli/withCluster.js';
import { KvError } from '../../src/core/errors.js';
import { hotSettings } from '../decode/clusterSettings.js';
import { LiveSequence } from '../decode/liveSequence.js';
import type { BenchContext, BenchResult, BenchRow } from '../support/bench.js';
import { type Contender, takeTurns } from '../support/contender.js';
import { median } from '../support/median.js';
import { quantile } from '../support/quantile.js';
import { takeRatios } from '../support/ratios.js';
import { withClusters } from '../support/withClusters.js';
import { TimedPrefill } from './timedPrefill.js';

interface BatchingSizes {
  /** Tokens that each sequence begins with. */
  readonly promptTokens: number;
  /** Of the prefill that runs alongside. */
  readonly prefillTokens: number;
  readonly rounds: number;
  /** Steps of each sequence in a round. */
  readonly steps: number;
  readonly warmUp: number;
  /** Steps of a sequence alongside the prefill, at most; the first ones are compared with those alone. */
  readonly alongsideMax: number;
  readonly alongsideChecked: number;
}

const sequences = 16;
const fullSizes: BatchingSizes = {
  promptTokens: 1024,
  prefillTokens: 65_536,
  rounds: 5,
  steps: 24,
  warmUp: 2,
  alongsideMax: 2048,
  alongsideChecked: 32,
};
const shortSizes: BatchingSizes = {
  promptTokens: 256,
  prefillTokens: 2048,
  rounds: 2,
  steps: 8,
  warmUp: 1,
  alongsideMax: 128,
  alongsideChecked: 8,
};

const mib = 2 ** 20;
const plenty = 1024 * mib;
const oneName = 'one sequence alone';
const allName = `${sequences} sequences at once`;

/**
 * Many sequences of one worker that are decoded at once, against one alone; then with a long prefill of
 * another sequence alongside. Each must give the tokens that it gives alone.
 */
export async function batchingPart(context: BenchContext): Promise<BenchResult> {
  const base = context.short ? shortSizes : fullSizes;
  const sizes = { ...base, prefillTokens: context.tokens ?? base.prefillTokens };
  const root = await mkdtemp(join(tmpdir(), 'kvtide-bench-'));
  const settings = {
    ...hotSettings(demoModel, join(root, 'data')),
    deviceBytes: plenty,
    pinnedBytes: plenty,
  };
  try {
    return await withClusters([settings], context, async ([cluster]) => {
      if (cluster === undefined) throw new RangeError('one cluster was expected');
      return measure(cluster, sizes, context);
    });
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}

async function measure(
  cluster: OpenCluster,
  sizes: BatchingSizes,
  context: BenchContext,
): Promise<BenchResult> {
  // Each stream listens to the signal.
  setMaxListeners(4 * sequences, cluster.signal);
  const prompts = promptsOf(sizes);
  const growth = sizes.rounds * (sizes.steps + sizes.warmUp);
  const alone = await decodeAlone(cluster, prompts, growth + sizes.alongsideChecked, context);
  const open = await openAll(cluster, prompts, growth + sizes.alongsideMax);
  const one = await openOne(cluster, prompts[0]!, growth);
  const apartMs: number[] = [];
  const rows = await takeTurns(
    [contender(oneName, [one], sizes, []), contender(allName, open, sizes, apartMs)],
    sizes.rounds,
    context,
  );
  const prefill = await besidePrefill(cluster, open, sizes, context);
  const failures = open.flatMap(({ decoded }, at) => {
    const differs = decoded.findIndex((token, step) => token !== (alone[at]?.[step] ?? token));
    return differs < 0 ? [] : [`sequence ${at}: token ${differs} differs from that of it alone`];
  });
  const apartP99Ms = quantile(apartMs, 0.99);
  const besideP99Ms = quantile(prefill.stepMs, 0.99);
  const [oneRow, allRow] = rows;
  const taken = takeRatios([
    {
      name: 'batch16_vs_one',
      figure: 'tokensPerSecond',
      over: allRow,
      under: oneRow === undefined ? [] : [oneRow],
    },
  ]);
  const stepRatio = {
    name: 'p99_step_with_prefill',
    value: besideP99Ms / apartP99Ms,
    n: prefill.stepMs.length,
    baseline: allName,
  };
  const n = prefill.stepMs.length;
  const besideRow: BenchRow = {
    name: `${allName}, a prefill of ${sizes.prefillTokens} alongside`,
    n,
    figures: { stepMs: median(prefill.stepMs), stepMsP99: besideP99Ms, ...prefill.figures },
  };
  return {
    rows: [...rows, besideRow],
    ratios: [...taken.ratios, stepRatio],
    missing: taken.missing,
    failures: [...failures, ...prefill.failures],
  };
}

/** Neighbouring pieces of the demo's text. */
function promptsOf({ promptTokens }: BatchingSizes): number[][] {
  const text = readDemoText(undefined, sequences * promptTokens);
  return Array.from({ length: sequences }, (_, at) => text.slice(at * promptTokens, (at + 1) * promptTokens));
}

/** Prefills each and answers what follows it when nothing else runs. */
async function decodeAlone(
  { client, signal }: OpenCluster,
  prompts: readonly (readonly number[])[],
  maxTokens: number,
  { tell }: BenchContext,
): Promise<(readonly number[])[]> {
  const decoded: (readonly number[])[] = [];
  const sampling = { temperature: 0, seed: 0 };
  for (const prompt of prompts) {
    const request = { prompt, maxTokens, sampling, eos: [], topLogits: 1, signal };
    decoded.push((await collectGeneration(client, request, { watcher: { warn: tell } })).tokens);
  }
  tell(`${prompts.length} sequences decoded one after the other`);
  return decoded;
}

function openOne(
  { client, signal }: OpenCluster,
  prompt: readonly number[],
  room: number,
): Promise<LiveSequence> {
  return LiveSequence.open(client, { name: 'a sequence', prompt, room, tokens: 1, warmUp: 0, signal });
}

function openAll(
  cluster: OpenCluster,
  prompts: readonly (readonly number[])[],
  room: number,
): Promise<LiveSequence[]> {
  return Promise.all(prompts.map((prompt) => openOne(cluster, prompt, room)));
}

/** A round lets all decode at once. */
function contender(
  name: string,
  open: readonly LiveSequence[],
  { steps, warmUp }: BatchingSizes,
  into: number[],
): Contender {
  const all = (count: number) => Promise.all(open.map((sequence) => sequence.stepTimes(count)));
  return {
    name,
    round: async () => {
      await all(warmUp);
      const startedMs = performance.now();
      const stepMs = (await all(steps)).flat();
      const ms = performance.now() - startedMs;
      into.push(...stepMs);
      return {
        tokensPerSecond: (open.length * steps * 1000) / ms,
        stepMs: median(stepMs),
        stepMsP99: quantile(stepMs, 0.99),
      };
    },
  };
}

/** The same prefill alone, then beside the sequences, which decode until it has ended. */
async function besidePrefill(
  { client, signal }: OpenCluster,
  open: readonly LiveSequence[],
  { promptTokens, prefillTokens, alongsideMax }: BatchingSizes,
  { tell }: BenchContext,
) {
  const taken = sequences * promptTokens;
  const prompt = readDemoText(undefined, taken + prefillTokens).slice(taken);
  if (prompt.length < prefillTokens)
    throw new KvError('invalid', `--tokens: ${prompt.length} tokens of the demo's text are left`);
  const alone = new TimedPrefill(client, prompt, signal);
  await alone.run();
  tell(`a prefill alone took ${(alone.totalMs / 1000).toFixed(1)} s`);
  const beside = new TimedPrefill(client, prompt, signal);
  const running = beside.run();
  running.catch(() => {}); // awaited below
  const stepMs: number[] = [];
  await beside.started;
  await Promise.all(
    open.map(async (sequence) => {
      for (let step = 0; step < alongsideMax && !beside.isDone; step += 1)
        stepMs.push(...(await sequence.stepTimes(1)));
    }),
  );
  const computed = beside.computed;
  const aloneMs = alone.msUntil(computed);
  const besideMs = beside.msUntil(computed);
  tell(`${computed} tokens of it alongside took ${(besideMs / 1000).toFixed(1)} s`);
  beside.stop();
  await running.catch(() => {});
  return {
    stepMs,
    figures: {
      prefilledTokens: computed,
      prefillTokensPerSecond: (computed * 1000) / besideMs,
      prefillAloneTokensPerSecond: (computed * 1000) / aloneMs,
    },
    failures: computed > 0 ? [] : ['the prefill alongside did not get anywhere'],
  };
}
