import type { WorkerFigures } from '../client/clusterDescription.js';
import type { StepAnswer } from '../client/stepAnswer.js';
import { formatByteSize } from '../core/byteSize.js';
import type { StepTrace } from '../decode/tracedSession.js';
import type { AttentionKind } from './attentionKinds.js';
import { attentionOf } from './attentionSettings.js';
import { allWorkerFigures, readyWorkers, sumByTier } from './clusterFigures.js';
import { collectGeneration, type Generation } from './collectGeneration.js';
import type { CommandSpec } from './defineCommand.js';
import type { GenerateReport } from './generateReport.js';
import { progressOf } from './progress.js';
import { readPrompt } from './promptInput.js';
import { stepTraceLine } from './stepTraceLine.js';
import { type StepTraceReport, stepTraceReport } from './stepTraceReport.js';
import { type OpenCluster, withCluster } from './withCluster.js';
import { workerSettings } from './workerSettings.js';

export const generateCommand: CommandSpec = {
  name: 'generate',
  summary: 'Continue a text, on a running cluster or on one of its own',
  settings: [
    'model',
    'prompt',
    'promptFile',
    'promptBytes',
    'tokensFile',
    'maxTokens',
    'temperature',
    'seed',
    'ignoreEos',
    'topLogits',
    'traceSteps',
    'stepsInFlight',
    'speculate',
    'attention',
    'attentionShare',
    'attentionSinks',
    'attentionWindow',
    'cluster',
    'stages',
    'workers',
    ...workerSettings,
    'tenant',
    'tenantSecretFile',
    'deadlineMs',
    'insecureNetwork',
    'logLevel',
  ],
  hidden: ['leaseMs'],
  examples: [
    'kvtide generate --model models/tiny-dts --prompt "export interface " --max-tokens 40 --json',
    'kvtide generate --model models/tiny-dts --prompt-file fs.d.ts --prompt-bytes 24576 --cluster 127.0.0.1:4600',
  ],
  run: async (settings, context) => {
    const input = readPrompt(settings);
    const attention = attentionOf(settings);
    const report = await withCluster(settings, context, async (cluster): Promise<GenerateReport> => {
      input.check(await cluster.client.model());
      const progress = progressOf(context, input.tokens.length);
      let figures: readonly WorkerFigures[] = [];
      const trace: StepTraceReport[] = [];
      const step = (traced: StepTrace): void => {
        const told = stepTraceReport(traced);
        trace.push(told);
        if (!settings.json) context.err(`${stepTraceLine(told)}\n`);
      };
      const run = await collectGeneration(
        cluster.client,
        {
          prompt: input.tokens,
          maxTokens: settings.maxTokens,
          sampling: { temperature: settings.temperature, seed: settings.seed },
          eos: settings.ignoreEos ? [] : input.eos,
          topLogits: settings.topLogits,
          stepsInFlight: settings.stepsInFlight,
          speculate: settings.speculate,
          signal: cluster.signal,
        },
        {
          attention,
          watcher: {
            waits: progress.waits,
            prefill: progress.prefill,
            warn: progress.warn,
            ...(settings.traceSteps ? { step } : {}),
          },
          atEnd: async () => {
            figures = await allWorkerFigures(cluster.client);
          },
        },
      ).finally(progress.stop);
      const shown = input.eos.includes(run.tokens.at(-1) ?? -1) ? run.tokens.slice(0, -1) : run.tokens;
      return reportOf(cluster, run, {
        figures,
        promptTokens: input.tokens.length,
        text: input.textOf(shown),
        topLogits: settings.topLogits,
        trace,
        attention: settings.attention,
      });
    });
    if (settings.attention !== 'exact') context.err(`${attentionLine(report)}\n`);
    if (settings.speculate !== 'none') context.err(`${speculationLine(report)}\n`);
    context.out(
      settings.json ? `${JSON.stringify(report)}\n` : `${report.text ?? report.tokens.join(' ')}\n`,
    );
  },
};

function speculationLine({ tokens, speculation }: GenerateReport): string {
  const { steps, proposedTokens, acceptedTokens } = speculation;
  return `${tokens.length} tokens in ${steps} steps; ${acceptedTokens} of ${proposedTokens} proposed tokens were right`;
}

function attentionLine({ attention: { mode, attended, skipped } }: GenerateReport): string {
  const all = formatByteSize(attended.bytes + skipped.bytes);
  return `attention ${mode}: ${formatByteSize(attended.bytes)} of ${all} attended to; not the exact answer`;
}

interface ReportInput {
  readonly figures: readonly WorkerFigures[];
  readonly promptTokens: number;
  readonly text: string | null;
  readonly topLogits: number;
  readonly trace: GenerateReport['trace'];
  readonly attention: AttentionKind;
}

async function reportOf(
  { client }: OpenCluster,
  run: Generation,
  input: ReportInput,
): Promise<GenerateReport> {
  const byTier = sumByTier(input.figures, ({ usedBytes }) => usedBytes);
  const { pinned, disk } = run.prefetch.byTier;
  const { attended, skipped } = run.prefetch;
  const topOf = ({ topIds, topLogits }: StepAnswer) => ({
    top: topIds.slice(0, input.topLogits),
    logits: topLogits.slice(0, input.topLogits),
  });
  return {
    promptTokens: input.promptTokens,
    cachedTokens: run.cachedTokens,
    tokens: [...run.tokens],
    text: input.text,
    steps: input.topLogits === 0 ? [] : run.steps.map(topOf),
    trace: input.trace,
    timings: run.timings,
    kv: { bytes: byTier.device + byTier.pinned + byTier.disk, byTier },
    prefetch: {
      byTier: { pinned, disk },
      hiddenRatio: run.prefetch.hiddenRatio,
      peerPages: run.prefetch.peerPages,
      stallMs: run.prefetch.stallMs,
    },
    attention: { mode: input.attention, attended, skipped },
    speculation: run.speculation,
    recoveries: run.recoveries.map(({ layers, ...recovery }) => ({
      ...recovery,
      layers: layers === null ? null : [layers.from, layers.to],
    })),
    workers: (await readyWorkers(client)).map(({ id, layers, pid }) => ({
      id,
      layers: [layers.from, layers.to],
      pid,
    })),
  };
}
