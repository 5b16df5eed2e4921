import { setTimeout as pause } from 'node:timers/promises';
import { demoModel, readDemoText } from '../../src/cli/demoInput.js';
import { type Settings, settingsSchema } from '../../src/cli/settings.js';
import { KvClient } from '../../src/client/kvClient.js';
import { type BlockKey, blockKeyFromBytes } from '../../src/core/blockKey.js';
import { KvError } from '../../src/core/errors.js';
import { SeededRandom } from '../../src/decode/seededRandom.js';
import type { BenchContext, BenchResult, BenchRow } from '../support/bench.js';
import { benchSeed } from '../support/benchSeed.js';
import { quantile } from '../support/quantile.js';
import { type FleetWorker, KillFleet } from './killFleet.js';
import { type WatchedDecode, watchedDecode } from './watchedDecode.js';

const mib = 2 ** 20;
const rounds = { full: 20, short: 3 };
/** Sequences that are decoded at the same time. */
const decodes = 4;
const promptBytes = 512;
const maxTokens = 96;
const blockTokens = 32;
/** Kills fall into this part of the time that an undisturbed round takes. */
const killedFrom = 0.1;
const killedTo = 0.9;
const pollMs = 2;

const shapes = [
  { name: 'one of two', stages: 1, workers: 2 },
  { name: 'one of four', stages: 2, workers: 4 },
] as const;

interface Round {
  readonly decodes: readonly WatchedDecode[];
  readonly killedMs: number;
  readonly detectionMs: number;
}

/** A worker is killed at a random moment while sequences are decoded, and replaced before the next round. */
export async function killPart(context: BenchContext): Promise<BenchResult> {
  const seed = benchSeed();
  context.tell(`seed ${seed}`);
  const random = new SeededRandom(seed);
  const rows: BenchRow[] = [];
  const failures: string[] = [];
  let same = 0;
  let all = 0;
  for (const shape of shapes) {
    const settings: Settings = {
      ...settingsSchema.parse({ model: demoModel }),
      stages: shape.stages,
      workers: shape.workers,
      blockTokens,
      deviceBytes: 16 * mib,
      pinnedBytes: 16 * mib,
    };
    const fleet = await KillFleet.start(settings, context.tell);
    try {
      const killed = await killRounds(fleet, random, context);
      rows.push(rowOf(`SIGKILL of ${shape.name}`, seed, killed));
      const every = killed.rounds.flatMap((round) => round.decodes);
      same += every.filter((one, at) => isSame(one, killed.undisturbed, at)).length;
      all += every.length;
      for (const { failure } of every) if (failure !== null) failures.push(`${shape.name}: ${failure}`);
    } finally {
      await fleet.stop();
    }
  }
  const ratio = { name: 'decodes_same_tokens', value: same / all, n: all, baseline: 'undisturbed run' };
  return { rows, ratios: [ratio], missing: [], failures };
}

interface Killed {
  readonly undisturbed: readonly WatchedDecode[];
  readonly rounds: readonly Round[];
}

async function killRounds(fleet: KillFleet, random: SeededRandom, context: BenchContext): Promise<Killed> {
  const workers = await fleet.fill();
  const client = await KvClient.connect(fleet.address, { deadlineMs: 10_000 });
  try {
    await untilReady(client, workers.length, context.signal);
    const prompts = promptsOf(decodes);
    const load = (number: number) =>
      Promise.all(
        prompts.map((prompt, at) =>
          watchedDecode(client, rootOf(number, at), prompt, maxTokens, context.signal),
        ),
      );
    await load(0); // graphs and buffers have their size afterwards
    const startMs = performance.now();
    const undisturbed = await load(1);
    const calmMs = performance.now() - startMs;
    for (const { failure } of undisturbed) if (failure !== null) throw new KvError('internal', failure);
    const done: Round[] = [];
    const count = context.short ? rounds.short : rounds.full;
    for (let number = 0; number < count; number += 1) {
      const at = Math.floor(random.fraction() * workers.length);
      const victim = workers[at]!; // there is one at each place
      const delayMs = calmMs * (killedFrom + (killedTo - killedFrom) * random.fraction());
      const loaded = load(2 + number);
      await pause(delayMs);
      const killedMs = performance.now();
      const [detectionMs] = await Promise.all([detection(client, victim, killedMs), victim.kill()]);
      const round = { decodes: await loaded, killedMs, detectionMs };
      done.push(round);
      workers[at] = await fleet.join(victim.stage);
      await untilReady(client, workers.length, context.signal);
      context.tell(
        `round ${number + 1}: ${victim.id} of stage ${victim.stage} after ${Math.round(delayMs)} ms`,
      );
    }
    return { undisturbed, rounds: done };
  } finally {
    await client.close();
  }
}

/** Milliseconds until the cluster calls a worker lost. */
async function detection(client: KvClient, { id }: FleetWorker, killedMs: number): Promise<number> {
  for (;;) {
    const { workers } = await client.describe();
    if (!workers.some((worker) => worker.id === id && worker.state !== 'lost')) break;
    await pause(pollMs);
  }
  return performance.now() - killedMs;
}

async function untilReady(client: KvClient, count: number, signal: AbortSignal): Promise<void> {
  for (;;) {
    const { workers } = await client.describe({ signal });
    if (workers.filter(({ state }) => state === 'ready').length === count) return;
    await pause(pollMs);
  }
}

function rowOf(name: string, seed: number, { undisturbed, rounds: all }: Killed): BenchRow {
  const gaps = all.flatMap((round) => round.decodes.flatMap((one) => gapAfter(one, round.killedMs)));
  const detections = all.map(({ detectionMs }) => detectionMs);
  const every = all.flatMap((round) => round.decodes);
  const recoveries = every.flatMap((one) => one.recoveries);
  const sum = (of: (one: (typeof recoveries)[number]) => number) =>
    recoveries.reduce((total, one) => total + of(one), 0);
  return {
    name,
    n: all.length,
    figures: {
      seed,
      decodes: every.length,
      sameTokens: every.filter((one, at) => isSame(one, undisturbed, at)).length,
      underWayAtKill: gaps.length,
      nextTokenP50Ms: quantile(gaps, 0.5),
      nextTokenMaxMs: quantile(gaps, 1),
      detectionP50Ms: quantile(detections, 0.5),
      detectionMaxMs: quantile(detections, 1),
      recoveries: recoveries.length,
      lostTokens: sum(({ lostTokens }) => lostTokens),
      recomputedTokens: sum(({ recomputedTokens }) => recomputedTokens),
      recomputedLayerTokens: sum(
        ({ recomputedTokens, layers }) => recomputedTokens * (layers === null ? 0 : layers.to - layers.from),
      ),
    },
  };
}

/** From the kill to the next token, of a decode that was under way. */
function gapAfter({ tokenMs }: WatchedDecode, killedMs: number): number[] {
  const next = tokenMs.find((atMs) => atMs >= killedMs);
  return next === undefined ? [] : [next - killedMs];
}

function isSame({ tokens }: WatchedDecode, undisturbed: readonly WatchedDecode[], at: number): boolean {
  const expected = undisturbed[at % undisturbed.length]?.tokens ?? [];
  return tokens.length === maxTokens && tokens.every((token, place) => token === expected[place]);
}

/** Different parts of one text. */
function promptsOf(count: number): readonly (readonly number[])[] {
  const text = readDemoText(undefined, count * promptBytes);
  return Array.from({ length: count }, (_, at) => text.slice(at * promptBytes, (at + 1) * promptBytes));
}

/** Each run has a root of its own: nothing of it was computed before. */
function rootOf(round: number, at: number): BlockKey {
  const bytes = new Uint8Array(32);
  new DataView(bytes.buffer).setUint32(0, round * decodes + at + 1);
  return blockKeyFromBytes(bytes);
}
