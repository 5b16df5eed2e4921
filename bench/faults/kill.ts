import { settingsSchema } from '../../src/cli/settings.js';
import { SeededRandom } from '../../src/decode/seededRandom.js';
import type { Bench, BenchContext, BenchRow } from '../support/bench.js';
import { benchSeed } from '../support/benchSeed.js';
import { quantile } from '../support/quantile.js';
import { FaultCluster } from './faultCluster.js';
import { decodeUnderLoad, isSameText, type LoadedDecode, promptsOf } from './loadText.js';
import { whenGone } from './whenGone.js';

const sizes = {
  full: { rounds: 20, promptTokens: 2_048, maxTokens: 64 },
  short: { rounds: 2, promptTokens: 512, maxTokens: 24 },
};
const decodesAtOnce = 3;
/** A worker is killed in the middle half of the tokens. */
const quietShare = 0.25;

interface Round {
  readonly decodes: readonly LoadedDecode[];
  readonly killedMs: number;
  readonly detectionMs: number;
}

/** Workers are killed while sequences are decoded: the same tokens come as without. */
export const killPart: Bench = async (context) => {
  const seed = benchSeed();
  context.tell(`kill: seed ${seed}`);
  const results = [];
  for (const stages of [1, 2]) results.push(await killOneOf(stages, 2 * stages, seed, context));
  const rounds = results.reduce((sum, { row }) => sum + row.n, 0);
  const decodes = rounds * decodesAtOnce;
  const same = results.reduce((sum, result) => sum + result.same, 0);
  const value = same / decodes;
  const baseline = 'the same prompts, undisturbed';
  return {
    rows: results.map(({ row }) => row),
    ratios: [{ name: 'decodes_same_tokens', value, n: decodes, baseline }],
    missing: [],
    failures: value === 1 ? [] : [`${decodes - same} of ${decodes} decodes gave other tokens, or none`],
  };
};

async function killOneOf(stages: number, workers: number, seed: number, context: BenchContext) {
  const { rounds, promptTokens, maxTokens } = context.short ? sizes.short : sizes.full;
  const random = new SeededRandom(seed + workers);
  const settings = settingsSchema.parse({
    model: 'models/tiny-dts',
    stages,
    workers,
    deviceBytes: 8 * 2 ** 20,
    pinnedBytes: 16 * 2 ** 20,
  });
  const prompts = promptsOf(decodesAtOnce, promptTokens);
  return FaultCluster.during(settings, context.tell, async (cluster, client) => {
    const decodeAll = (onToken?: (count: number) => void): Promise<PromiseSettledResult<LoadedDecode>[]> =>
      Promise.allSettled(
        prompts.map((prompt) => decodeUnderLoad(client, prompt, maxTokens, context.signal, onToken)),
      );
    const undisturbed = await decodeAll();
    const wanted = undisturbed.map((end) => (end.status === 'fulfilled' ? end.value.tokens : []));
    let same = 0;
    const done: Round[] = [];
    for (let round = 0; round < rounds; round += 1) {
      context.signal.throwIfAborted();
      const victim = Math.floor(random.fraction() * workers);
      const share = quietShare + random.fraction() * (1 - 2 * quietShare);
      let now = (): void => {};
      const isTime = new Promise<void>((resolve) => {
        now = resolve;
      });
      const decoding = decodeAll((count) => {
        if (count >= share * maxTokens) now();
      });
      await Promise.race([isTime, decoding]);
      const killedMs = performance.now();
      await cluster.killWorker(victim);
      const detectionMs = (await whenGone(client, cluster.idOf(victim))) - killedMs;
      // It comes back for the next round; the decodes go on without it.
      const back = cluster.startWorker(victim);
      const ends = await decoding;
      for (const [at, end] of ends.entries()) {
        if (end.status === 'rejected') context.tell(`kill: round ${round}: ${String(end.reason)}`);
        else if (isSameText(end.value.tokens, wanted[at]!)) same += 1;
      }
      const decodes = ends.flatMap((end) => (end.status === 'fulfilled' ? [end.value] : []));
      done.push({ decodes, killedMs, detectionMs });
      await back;
      await cluster.allReady(client);
    }
    return { row: rowOf(`SIGKILL of one of ${workers} workers, in ${stages} stages`, done), same };
  });
}

function rowOf(name: string, rounds: readonly Round[]): BenchRow {
  const nextTokenMs = rounds.flatMap(({ decodes, killedMs }) =>
    decodes.flatMap(({ tokenMs }) => {
      const next = tokenMs.find((atMs) => atMs > killedMs);
      return next === undefined ? [] : [next - killedMs];
    }),
  );
  const all = rounds.flatMap(({ decodes }) => decodes);
  const detections = rounds.map(({ detectionMs }) => detectionMs);
  return {
    name,
    n: rounds.length,
    figures: {
      decodes: all.length,
      recovered: all.filter(({ recoveries }) => recoveries > 0).length,
      recomputedTokens: all.reduce((sum, { recomputedTokens }) => sum + recomputedTokens, 0),
      nextTokenP50Ms: quantile(nextTokenMs, 0.5),
      nextTokenMaxMs: quantile(nextTokenMs, 1),
      detectionP50Ms: quantile(detections, 0.5),
      detectionMaxMs: quantile(detections, 1),
    },
  };
}
