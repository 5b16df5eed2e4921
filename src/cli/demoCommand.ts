import { formatByteSize } from '../core/byteSize.js';
import { KvError } from '../core/errors.js';
import { tierNames } from '../core/tierName.js';
import { byteTokenizer } from '../tokenizer/byteTokenizer.js';
import { allWorkerFigures, sumByTier } from './clusterFigures.js';
import { collectGeneration, type Generation, type GenerationWatcher } from './collectGeneration.js';
import type { CommandContext } from './commandContext.js';
import type { CommandSpec } from './defineCommand.js';
import { demoModel, readDemoText } from './demoInput.js';
import { type NoCacheProof, proveAgainstNoCache } from './demoProofs.js';
import type { DemoReport } from './demoReport.js';
import { plainTable } from './plainTable.js';
import { progressOf } from './progress.js';
import type { Settings } from './settings.js';
import { stepsDigest } from './stepsDigest.js';
import { type OpenCluster, withCluster } from './withCluster.js';

/** How much the demo does. */
interface DemoSize {
  readonly promptBytes: number;
  readonly maxTokens: number;
  readonly noCacheBytes: number;
  readonly noCacheTokens: number;
  readonly deviceBytes: number;
  readonly pinnedBytes: number;
}

const mib = 2 ** 20;
const full: DemoSize = {
  promptBytes: 24 * 1024,
  maxTokens: 200,
  noCacheBytes: 2048,
  noCacheTokens: 16,
  deviceBytes: 2 * mib,
  pinnedBytes: 6 * mib,
};
/** Smaller budgets, so that pages reach the disk all the same. */
const short: DemoSize = {
  promptBytes: 4 * 1024,
  maxTokens: 32,
  noCacheBytes: 1024,
  noCacheTokens: 6,
  deviceBytes: mib,
  pinnedBytes: mib,
};
/** Room for every page of the demo. */
const hotDeviceBytes = 192 * mib;
const sampling = { temperature: 0.7, seed: 7 };
const topLogits = 5;

export const demoCommand: CommandSpec = {
  name: 'demo',
  summary: 'Decode a long text with a small model over two workers whose memory is too small for it',
  settings: ['promptFile', 'short', 'threads', 'attentionThreads', 'logLevel'],
  hidden: ['stages', 'deadlineMs', 'leaseMs', 'stepsInFlight'],
  examples: ['kvtide demo', 'kvtide demo --prompt-file README.md', 'kvtide demo --short --json'],
  run: async (settings, context) => {
    const size = settings.short ? short : full;
    const prompt = readDemoText(settings.promptFile, size.promptBytes);
    const say = (line: string): void => context.err(`${line}\n`);
    const base: Settings = { ...settings, model: demoModel, cluster: undefined, dataDir: undefined };

    say(`${prompt.length} bytes of text; ${formatByteSize(size.deviceBytes)} of device memory a worker`);
    const cold = await withCluster(
      { ...base, deviceBytes: size.deviceBytes, pinnedBytes: size.pinnedBytes },
      context,
      async (cluster) => {
        const run = await decode(cluster, settings, context, prompt, size, streamed(settings, context));
        return { run, moved: await movesOf(cluster), pids: cluster.embedded?.pids ?? [] };
      },
    );
    say('\nnow the same with everything hot, then without any cache');
    const hot = await withCluster({ ...base, deviceBytes: hotDeviceBytes }, context, async (cluster) => {
      const run = await decode(cluster, settings, context, prompt, size, {});
      const shortPrompt = prompt.slice(0, size.noCacheBytes);
      const noCache = await proveAgainstNoCache(
        cluster.client,
        shortPrompt,
        size.noCacheTokens,
        cluster.signal,
      );
      return { run, noCache, pids: cluster.embedded?.pids ?? [] };
    });

    const report: DemoReport = {
      tokens: [...cold.run.tokens],
      sha256Steps: stepsDigest(cold.run.steps),
      proofs: {
        hotSameBits: stepsDigest(cold.run.steps) === stepsDigest(hot.run.steps),
        noCacheSameTokens: hot.noCache.sameTokens,
        noCacheSlowdown: hot.noCache.slowdown,
      },
      moved: cold.moved,
      pids: [...cold.pids, ...hot.pids],
    };
    context.out(
      settings.json ? `${JSON.stringify(report)}\n` : summary(report, cold.run, hot.run, hot.noCache),
    );
    if (!report.proofs.hotSameBits || !report.proofs.noCacheSameTokens) {
      throw new KvError('internal', 'a proof of the demo failed: the answer depends on where the KV lies');
    }
  },
};

/** The text as it comes, on stdout unless that is for JSON. */
function streamed({ json }: Settings, context: CommandContext): GenerationWatcher {
  const text = byteTokenizer.stream();
  return json ? {} : { token: (token) => context.out(text.push(token)) };
}

async function decode(
  { client, signal }: OpenCluster,
  { stepsInFlight }: Settings,
  context: CommandContext,
  prompt: readonly number[],
  { maxTokens }: DemoSize,
  watcher: GenerationWatcher,
): Promise<Generation> {
  const progress = progressOf(context, prompt.length);
  const request = { prompt, maxTokens, sampling, eos: [], topLogits, stepsInFlight, signal };
  const watched = { ...watcher, prefill: progress.prefill, warn: progress.warn };
  return collectGeneration(client, request, { watcher: watched }).finally(progress.stop);
}

async function movesOf({ client }: OpenCluster): Promise<DemoReport['moved']> {
  const figures = await allWorkerFigures(client);
  const loadedPages = sumByTier(figures, (tier) => tier.loadedPages);
  const loadedBytes = sumByTier(figures, (tier) => tier.loadedBytes);
  const storedPages = sumByTier(figures, (tier) => tier.storedPages);
  const storedBytes = sumByTier(figures, (tier) => tier.storedBytes);
  const [device, pinned, disk] = (['device', 'pinned', 'disk'] as const).map((name) => ({
    loadedPages: loadedPages[name],
    loadedBytes: loadedBytes[name],
    storedPages: storedPages[name],
    storedBytes: storedBytes[name],
  }));
  if (!device || !pinned || !disk) throw new KvError('internal', 'a tier has no figures');
  return { device, pinned, disk };
}

function summary(report: DemoReport, cold: Generation, hot: Generation, noCache: NoCacheProof): string {
  const table = plainTable();
  const perSecond = (run: Generation): string => `${run.timings.tokensPerSecond.toFixed(1)} tokens/s`;
  table.push(
    { 'decode, pages moving': perSecond(cold) },
    { 'decode, all hot': perSecond(hot) },
    { 'time to first token': `${(cold.timings.firstTokenMs / 1000).toFixed(2)} s` },
    { 'load time hidden behind compute': `${(cold.prefetch.hiddenRatio * 100).toFixed(0)} %` },
  );
  for (const tier of tierNames) {
    const { loadedPages, loadedBytes, storedPages, storedBytes } = report.moved[tier];
    const stored = `${storedPages} pages (${formatByteSize(storedBytes)}) stored`;
    table.push({ [tier]: `${stored}, ${loadedPages} (${formatByteSize(loadedBytes)}) loaded from it` });
  }
  const verdict = (holds: boolean): string => (holds ? 'yes' : 'NO');
  table.push(
    { 'same bits with everything hot': verdict(report.proofs.hotSameBits) },
    {
      'same tokens without any cache': `${verdict(noCache.sameTokens)}, ${noCache.slowdown.toFixed(1)} times slower`,
    },
  );
  return `\n${table.toString()}\n`;
}
