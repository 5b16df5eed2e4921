import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { collectGeneration } from '../../src/cli/collectGeneration.js';
import { demoModel, readDemoText } from '../../src/cli/demoInput.js';
import type { OpenCluster } from '../../src/cli/withCluster.js';
import type { StepAnswer } from '../../src/client/stepAnswer.js';
import { KvError } from '../../src/core/errors.js';
import { hotSettings } from '../decode/clusterSettings.js';
import type { BenchContext, BenchResult, BenchRow } from '../support/bench.js';
import { median } from '../support/median.js';
import { quantile } from '../support/quantile.js';
import { withClusters } from '../support/withClusters.js';
import { growth } from './growth.js';

/** A stage of two splits sequences from 32 blocks on: here from 2,048 tokens. */
const blockTokens = 64;
const contexts = [4096, 16_384, 32_768];
const shortContexts = [4096];
const rounds = 3;
/** Until what a prefill has sealed is handed over, piece by piece. */
const warmUpTokens = 48;
const timedTokens = 64;
const shortTimedTokens = 16;

interface Steps {
  readonly stepMs: number[];
  /** Of each step, for one full layer: what it waited for peers when its own part was done. */
  readonly peerMsPerLayer: number[];
  peerPages: number;
}

/** What a peer on the same host costs, and how a step grows with the context. */
export async function distancePart(context: BenchContext): Promise<BenchResult> {
  const peers = await peerRows(context);
  const grown = await growth(context);
  return { ...grown, rows: [...peers, ...grown.rows] };
}

/** Decode steps of one worker alone and of two shards, everything hot, one thread each, turn by turn. */
async function peerRows(context: BenchContext): Promise<BenchRow[]> {
  const root = await mkdtemp(join(tmpdir(), 'kvtide-bench-'));
  const counts = [1, 2];
  const settings = counts.map((workers) => {
    const dataDir = join(root, `${workers}`);
    return { ...hotSettings(demoModel, dataDir), workers, blockTokens, threads: 1, attentionThreads: 1 };
  });
  try {
    return await withClusters(settings, context, async (clusters) => {
      const all: BenchRow[] = [];
      for (const tokens of context.short ? shortContexts : contexts) {
        all.push(...(await rowsAt(tokens, clusters, context)));
        if (performance.now() > context.deadlineMs) break;
      }
      return all;
    });
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}

async function rowsAt(
  tokens: number,
  clusters: readonly OpenCluster[],
  context: BenchContext,
): Promise<BenchRow[]> {
  const prompt = readDemoText(undefined, tokens);
  const measured = clusters.map((): Steps => ({ stepMs: [], peerMsPerLayer: [], peerPages: 0 }));
  const decoded: string[] = [];
  for (let round = 0; round < rounds; round += 1) {
    for (const [at, cluster] of clusters.entries())
      decoded[at] = await decode(cluster, prompt, measured[at]!, context);
  }
  if (new Set(decoded).size > 1)
    throw new KvError('internal', 'shards gave other tokens than one worker alone');
  return measured.map(({ stepMs, peerMsPerLayer, peerPages }, at) => ({
    name: `${at === 0 ? 'one worker' : 'two shards'}, context ${tokens}`,
    n: stepMs.length,
    figures: {
      stepMs: median(stepMs),
      peerPages,
      ...(at > 0 && {
        peerMsPerLayerP50: median(peerMsPerLayer),
        peerMsPerLayerP99: quantile(peerMsPerLayer, 0.99),
      }),
    },
  }));
}

/** @returns the tokens, to be compared. */
async function decode(
  { client, signal }: OpenCluster,
  prompt: readonly number[],
  into: Steps,
  { short, tell }: BenchContext,
): Promise<string> {
  const { layers } = (await client.model()).geometry;
  const fullLayers = layers.filter(({ kind }) => kind === 'full').length;
  const timed = short ? shortTimedTokens : timedTokens;
  const times: number[] = [];
  const request = {
    prompt,
    maxTokens: warmUpTokens + timed,
    sampling: { temperature: 0, seed: 0 },
    eos: [],
    topLogits: 1,
    signal,
  };
  const watcher = { token: () => void times.push(performance.now()), warn: tell };
  const { steps, tokens } = await collectGeneration(client, request, { watcher });
  for (let step = warmUpTokens; step < steps.length; step += 1) {
    into.stepMs.push(times[step]! - times[step - 1]!);
    into.peerMsPerLayer.push(peerMs(steps[step]!) / fullLayers);
  }
  into.peerPages = steps.at(-1)!.stages.reduce((sum, { peerPages }) => sum + peerPages, 0);
  return tokens.join();
}

function peerMs({ stages }: StepAnswer): number {
  return stages.reduce((sum, { stalls }) => sum + stalls.peer, 0);
}
