import { collectGeneration, type Generation } from '../../src/cli/collectGeneration.js';
import { demoModel, readDemoText } from '../../src/cli/demoInput.js';
import { type Settings, settingsSchema } from '../../src/cli/settings.js';
import { stepsDigest } from '../../src/cli/stepsDigest.js';
import type { OpenCluster } from '../../src/cli/withCluster.js';
import { KvError } from '../../src/core/errors.js';
import type { Speculation } from '../../src/decode/generate.js';
import type { BenchContext, BenchResult, BenchRow } from '../support/bench.js';
import { withClusters } from '../support/withClusters.js';

const mib = 2 ** 20;
const fullSizes = { promptBytes: 24 * 1024, tokens: 400 };
const shortSizes = { promptBytes: 2048, tokens: 64 };
const plainName = 'greedy, one token a step';
const speculatedName = 'greedy, n-gram speculation';

/**
 * Decodes on after the demo's text, greedily, with and without n-gram speculation; the answers must be the
 * same, bit by bit.
 */
export async function speculationPart(context: BenchContext): Promise<BenchResult> {
  const { promptBytes, tokens } = context.short ? shortSizes : fullSizes;
  const prompt = readDemoText(undefined, promptBytes);
  const plenty = 192 * mib;
  const settings: Settings = {
    ...settingsSchema.parse({ model: demoModel }),
    deviceBytes: plenty,
    pinnedBytes: plenty,
  };
  const runs = await withClusters([settings], context, async ([cluster]) => {
    if (cluster === undefined) throw new RangeError('one cluster was expected');
    const plain = await decode(cluster, prompt, tokens, 'none');
    return { plain, speculated: await decode(cluster, prompt, tokens, 'ngram') };
  });
  if (stepsDigest(runs.plain.steps) !== stepsDigest(runs.speculated.steps)) {
    throw new KvError('internal', 'the answers with speculation differ from those without');
  }
  const rows = [rowOf(plainName, runs.plain), rowOf(speculatedName, runs.speculated)];
  const saved = {
    name: 'speculation_steps_saved',
    value: tokens / runs.speculated.speculation.steps,
    n: 1,
    baseline: plainName,
  };
  return { rows, ratios: [saved], missing: [] };
}

function decode(
  { client, signal }: OpenCluster,
  prompt: readonly number[],
  maxTokens: number,
  speculate: Speculation,
): Promise<Generation> {
  const sampling = { temperature: 0, seed: 0 };
  return collectGeneration(client, { prompt, maxTokens, sampling, eos: [], topLogits: 5, speculate, signal });
}

function rowOf(name: string, { tokens, timings, speculation }: Generation): BenchRow {
  const { steps, proposedTokens, acceptedTokens } = speculation;
  return {
    name,
    n: 1,
    figures: {
      tokens: tokens.length,
      steps,
      proposedTokens,
      acceptedTokens,
      tokensPerSecond: timings.tokensPerSecond,
    },
  };
}
