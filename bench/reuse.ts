import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { collectGeneration } from '../src/cli/collectGeneration.js';
import { demoModel, readDemoText } from '../src/cli/demoInput.js';
import { settingsSchema } from '../src/cli/settings.js';
import { KvError } from '../src/core/errors.js';
import { tokenFigures } from './decode/tokenFigures.js';
import type { Bench, BenchContext, BenchRow } from './support/bench.js';
import { median } from './support/median.js';
import { takeRatios } from './support/ratios.js';
import { withClusters } from './support/withClusters.js';

const sizes = { full: { context: 16_384, rounds: 5 }, short: { context: 2048, rounds: 2 } } as const;

/** One prefill by new processes on `dataDir`: its time in ms, and how many tokens were found there. */
async function prefill(prompt: readonly number[], dataDir: string, context: BenchContext) {
  const settings = settingsSchema.parse({ model: demoModel, dataDir });
  return withClusters([settings], context, async ([cluster]) => {
    if (cluster === undefined) throw new RangeError('one cluster was expected');
    const { client, signal } = cluster;
    const sampling = { temperature: 0, seed: 0 };
    const request = { prompt, maxTokens: 1, sampling, eos: [], topLogits: 1, signal };
    const { timings, cachedTokens, tokens } = await collectGeneration(client, request, { watcher: {} });
    return { prefillMs: timings.prefillMs, cachedTokens, token: tokens[0] };
  });
}

/** Time of a prefill on an empty data folder, and in new processes on the folder that it left. */
export const reuse: Bench = async (context) => {
  const { context: length, rounds } = context.short ? sizes.short : sizes.full;
  const prompt = readDemoText(undefined, length);
  const cold: number[] = [];
  const warm: number[] = [];
  for (let round = 1; round <= rounds && performance.now() < context.deadlineMs; round += 1) {
    context.tell(`round ${round} of ${rounds}`);
    const dataDir = await mkdtemp(join(tmpdir(), 'kvtide-bench-'));
    try {
      const first = await prefill(prompt, dataDir, context);
      const second = await prefill(prompt, dataDir, context);
      if (second.token !== first.token) throw new KvError('internal', 'the reused prefix gave another token');
      if (second.cachedTokens < length - 512) throw new KvError('internal', 'the prefix was not found again');
      cold.push(first.prefillMs);
      warm.push(second.prefillMs);
    } finally {
      await rm(dataDir, { recursive: true, force: true });
    }
  }
  const row = (name: string, times: readonly number[]): BenchRow => {
    const prefillMs = median(times);
    return { name, n: times.length, figures: { ...tokenFigures(length, prefillMs / length), prefillMs } };
  };
  const rows = [row('prefill, nothing cached', cold), row('prefill, all whole blocks cached', warm)];
  const [computed, found] = rows;
  return {
    rows,
    ...takeRatios([
      {
        name: 'warm16k_prefill_vs_cold',
        figure: 'tokensPerSecond',
        over: found,
        under: computed ? [computed] : [],
      },
    ]),
  };
};
