import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { demoModel, readDemoText } from '../src/cli/demoInput.js';
import type { Settings } from '../src/cli/settings.js';
import type { OpenCluster } from '../src/cli/withCluster.js';
import { KvError } from '../src/core/errors.js';
import { BaselineClient } from './decode/baselineClient.js';
import { BaselineContender } from './decode/baselineContender.js';
import {
  coldDeviceBytes,
  coldSettings,
  diskSettings,
  hotSettings,
  pairSettings,
} from './decode/clusterSettings.js';
import {
  type DecodeSizes,
  fullSizes,
  grownTokens,
  longestContext,
  shortSizes,
} from './decode/decodeSizes.js';
import { LiveSequence } from './decode/liveSequence.js';
import { NoCache } from './decode/noCache.js';
import { prefillInto } from './decode/prefillInto.js';
import type { Bench, BenchContext, BenchResult, BenchRow } from './support/bench.js';
import { type Contender, takeTurns } from './support/contender.js';
import { takeRatios } from './support/ratios.js';
import { withClusters } from './support/withClusters.js';

const hotName = 'kvtide, all hot';
const pairName = 'kvtide, all hot, two workers';
const coldName = 'kvtide, 10 % hot';
const diskName = 'kvtide, 10 % hot, the rest on disk';

/** The clusters take turns on data of their own; those of one layout are copied from one prefill. */
const folders = { hot: 'hot', cold: 'cold', disk: 'disk', pair: 'pair' } as const;

/** Binding past and present to one buffer is more than a graph with past and present tensors: a row of its own. */
const inPlace = 'in place';

/** Tokens per second of decoding: all hot, little hot, no cache, and what one would write without kvtide. */
export const decode: Bench = async (context) => {
  const sizes = context.short ? shortSizes : fullSizes;
  const prompt = readDemoText(undefined, longestContext(sizes));
  const root = await mkdtemp(join(tmpdir(), 'kvtide-bench-'));
  const folder = (name: keyof typeof folders): string => join(root, folders[name]);
  const baseline = new BaselineClient();
  try {
    const graphs = await openGraphs(baseline, sizes, context);
    const deviceBytes = await prefill(prompt, hotSettings(demoModel, folder('hot')), context);
    await prefill(prompt, pairSettings(demoModel, folder('pair')), context);
    for (const name of ['cold', 'disk'] as const) {
      await cp(folder('hot'), folder(name), { recursive: true });
    }
    const clusters = [
      hotSettings(demoModel, folder('hot')),
      coldSettings(demoModel, folder('cold'), deviceBytes),
      diskSettings(demoModel, folder('disk'), deviceBytes),
      pairSettings(demoModel, folder('pair')),
    ];
    const rows = await withClusters(clusters, context, (open) =>
      measure(open, graphs, prompt, sizes, context),
    );
    return { rows, ...ratiosOf(rows, sizes) };
  } finally {
    baseline.close();
    await rm(root, { recursive: true, force: true });
  }
};

/** What is left out is told; a baseline that cannot run at all leaves its ratio missing. */
async function openGraphs(
  client: BaselineClient,
  sizes: DecodeSizes,
  { tell }: BenchContext,
): Promise<Contender[]> {
  const contenders: Contender[] = [];
  try {
    const usable = await client.open(demoModel, sizes.goldenTokensMax, tell);
    for (const context of sizes.contexts) {
      const filled = await client.fill(usable, context, grownTokens(sizes), tell);
      contenders.push(...filled.map((variant) => new BaselineContender(client, variant, context, sizes)));
    }
    tell(`baseline: ${usable.length} variants give the model's answers`);
  } catch (thrown) {
    tell(`the baseline cannot run: ${KvError.from(thrown).message}`);
    return [];
  }
  return contenders;
}

/** Computes the longest context once, into the data folder. Answers the device budget of a cold cluster. */
async function prefill(
  prompt: readonly number[],
  settings: Settings,
  context: BenchContext,
): Promise<number> {
  const { geometry, stages } = await prefillInto(prompt, settings, context);
  return coldDeviceBytes(geometry, stages, prompt.length);
}

async function measure(
  clusters: readonly OpenCluster[],
  graphs: readonly Contender[],
  prompt: readonly number[],
  sizes: DecodeSizes,
  context: BenchContext,
): Promise<BenchRow[]> {
  const [hot, cold, disk, pair] = clusters;
  if (hot === undefined || cold === undefined || disk === undefined || pair === undefined) {
    throw new RangeError('four clusters were expected');
  }
  const open: LiveSequence[] = [];
  const live = async (
    name: string,
    { client, signal }: OpenCluster,
    tokens: number,
  ): Promise<LiveSequence> => {
    const { tokens: timed, warmUp } = sizes;
    const options = {
      name,
      prompt: prompt.slice(0, tokens),
      room: grownTokens(sizes),
      tokens: timed,
      warmUp,
      signal,
    };
    const sequence = await LiveSequence.open(client, options);
    open.push(sequence);
    return sequence;
  };
  try {
    for (const tokens of hotContexts(sizes)) await live(hotName, hot, tokens);
    const longest = longestContext(sizes);
    await live(coldName, cold, longest);
    await live(diskName, disk, longest);
    await live(pairName, pair, longest);
    const noCachePrompt = prompt.slice(0, sizes.noCacheContext);
    const noCache = new NoCache(hot.client, noCachePrompt, sizes.noCacheTokens, hot.signal);
    const rows = await takeTurns([...open, noCache, ...graphs], sizes.rounds, context);
    checkSameTokens(open, noCache);
    return rows;
  } finally {
    for (const sequence of open) await sequence.close().catch(() => {});
  }
}

function hotContexts({ contexts, noCacheContext }: DecodeSizes): number[] {
  return [...new Set([...contexts, noCacheContext])].sort((a, b) => a - b);
}

/** Speed of another answer is worth nothing. @throws KvError `internal` when a row decoded other tokens. */
function checkSameTokens(sequences: readonly LiveSequence[], noCache: NoCache): void {
  for (const sequence of sequences) {
    const hot = sequences.find(({ name, context }) => name === hotName && context === sequence.context);
    const differs = sequence.decoded.findIndex((token, at) => token !== hot?.decoded[at]);
    if (differs >= 0) {
      throw new KvError('internal', `${sequence.name}: token ${differs} differs from that of ${hotName}`);
    }
    if (sequence.context === noCache.context && sequence.decoded[0] !== noCache.token) {
      throw new KvError('internal', `${noCache.name}: the token differs from that of ${hotName}`);
    }
  }
}

function ratiosOf(rows: readonly BenchRow[], sizes: DecodeSizes): Pick<BenchResult, 'ratios' | 'missing'> {
  const longest = longestContext(sizes);
  const at = (name: string, context: number): BenchRow[] =>
    rows.filter(({ name: row, figures }) => row === name && figures.context === context);
  const graphs = rows.filter(({ name, figures }) => name.startsWith('graph') && figures.context === longest);
  const isInPlace = ({ name }: BenchRow): boolean => name.includes(inPlace);
  const [hot] = at(hotName, longest);
  const [hotSmall] = at(hotName, sizes.noCacheContext);
  const [cold] = at(coldName, longest);
  const figure = 'tokensPerSecond';
  return takeRatios([
    { name: 'hot32k_vs_graph', figure, over: hot, under: graphs.filter((row) => !isInPlace(row)) },
    { name: 'hot32k_vs_graph_in_place', figure, over: hot, under: graphs.filter(isInPlace) },
    { name: 'hot2k_vs_nocache', figure, over: hotSmall, under: at('kvtide, no cache', sizes.noCacheContext) },
    { name: 'cold90_vs_hot', figure, over: cold, under: hot === undefined ? [] : [hot] },
  ]);
}
