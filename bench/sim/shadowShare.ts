import { collectGeneration } from '../../src/cli/collectGeneration.js';
import { demoModel, readDemoText } from '../../src/cli/demoInput.js';
import { settingsSchema } from '../../src/cli/settings.js';
import type { OpenCluster } from '../../src/cli/withCluster.js';
import { KvError } from '../../src/core/errors.js';
import type { RetentionPolicyName } from '../../src/policy/retentionPolicies.js';
import type { BenchContext, BenchRatio, BenchRow } from '../support/bench.js';
import { takeTurns } from '../support/contender.js';
import { withClusters } from '../support/withClusters.js';

/** Four that do most of all: ghosts, a sketch, a model. */
const shadows: readonly RetentionPolicyName[] = ['arc', 's3fifo', 'wtinylfu', 'tide'];
/** So many blocks come only where they are small; here as small as can be. */
const blockTokens = 16;
const prompts = 6;
const promptTokens = 1024;
/** So little that shadows look at every block, and have to let some go. */
const room = { pinnedBytes: '256KiB', diskBytes: '1MiB' };
const decodedTokens = 64;

/** What four shadows beside the policy of a real worker take of the time of its steps, by the worker's own counters. */
export async function shadowShare(
  rounds: number,
  context: BenchContext,
): Promise<{ readonly rows: readonly BenchRow[]; readonly ratio: BenchRatio }> {
  const settings = settingsSchema.parse({
    model: demoModel,
    blockTokens: String(blockTokens),
    ...room,
    shadow: shadows.join(','),
  });
  const text = readDemoText(undefined, prompts * promptTokens);
  const round = () =>
    withClusters([settings], context, async ([cluster]) => {
      if (cluster === undefined) throw new RangeError('one cluster was expected');
      for (let number = 0; number < prompts; number += 1) {
        const prompt = text.slice(number * promptTokens, (number + 1) * promptTokens);
        const sampling = { temperature: 0, seed: 0 };
        const { client, signal } = cluster;
        const request = { prompt, maxTokens: decodedTokens, sampling, eos: [], topLogits: 1, signal };
        await collectGeneration(client, request, { watcher: {} });
      }
      return countersOf(cluster);
    });
  const rows = await takeTurns([{ name: 'four shadows', round }], rounds, context);
  const { shadowMs, stepMs } = rows[0]?.figures ?? {};
  const value = Number(shadowMs) / Number(stepMs);
  const n = rows[0]?.n ?? 0;
  return { rows, ratio: { name: 'shadow_share_of_step', value, n, baseline: 'time of steps' } };
}

async function countersOf({ client }: OpenCluster) {
  let [shadowMs, stepMs, uses] = [0, 0, 0];
  for (const { address } of (await client.status()).cluster.workers) {
    const figures = await client.workerFigures(address);
    if (figures.shadows === null) throw new KvError('internal', 'the worker has no shadows');
    shadowMs += 1e3 * figures.shadows.seconds;
    stepMs += figures.computeMs + figures.stallMs;
    uses += figures.shadows.uses;
  }
  return { shadowMs, stepMs, uses };
}
