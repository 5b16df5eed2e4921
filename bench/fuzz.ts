import { status } from '@grpc/grpc-js';
import type { OpenCluster } from '../src/cli/withCluster.js';
import { KvError } from '../src/core/errors.js';
import { protocolVersion } from '../src/core/protocol.js';
import { CallFuzzer } from './fuzz/fuzzCalls.js';
import { attackLane, hangMs } from './fuzz/fuzzLanes.js';
import { FuzzSource } from './fuzz/fuzzSource.js';
import { type FuzzTarget, fuzzGeometry, fuzzHalfBytes, fuzzTarget } from './fuzz/fuzzTarget.js';
import { goodTraffic } from './fuzz/goodTraffic.js';
import { type ProcessSize, restingSize } from './fuzz/processSize.js';
import type { Bench, BenchContext, BenchResult } from './support/bench.js';
import { benchSeed } from './support/benchSeed.js';
import { withStores } from './transfer/storeCluster.js';

const sizes = {
  full: { frames: 100_000, messages: 10_000 },
  short: { frames: 4_000, messages: 600 },
} as const;

const pinnedBytes = 16 * 2 ** 20;
const strangers = 4;
/** Strangers between two who do nothing wrong. */
const strangersPerFriend = 25;
/** Until heaps and buffers have their size. */
const warmUpShare = 0.4;
/** The processes collect their garbage early, so that what grows is not garbage; a leak would end them. */
const smallHeap = '--max-old-space-size=64 --max-semi-space-size=2';
/** Growth that is no leak: the heap breathes. */
const growthMax = 1.15;

/** What one kind of strangers did, and what came of it. */
interface Siege {
  readonly name: string;
  /** Frames, or messages. */
  sent: number;
  attempts: number;
  hangs: number;
  friends: number;
  /** Of resident memory, the most of all processes. */
  growth: number;
  /** Open files beyond those after warm-up. */
  filesGrowth: number;
  readonly failures: string[];
}

/** What strangers send to a real worker and coordinator: nothing crashes, hangs or grows. */
export const fuzz: Bench = async (context) => {
  const seed = benchSeed();
  context.tell(`seed ${seed}`);
  const sieges: Siege[] = [];
  try {
    const store = { pinnedBytes, diskBytes: 0 };
    const quiet = { ...context, tell: unlessWarning(context) };
    await withNodeOptions(smallHeap, () =>
      withStores(fuzzGeometry, [store], quiet, ([cluster]) => {
        if (cluster === undefined) throw new RangeError('one store was expected');
        return besiege(cluster, seed, sieges, context);
      }),
    );
  } catch (thrown) {
    const error = KvError.from(thrown);
    if (context.signal.aborted || error.context.pid === undefined) throw error;
    return resultOf(sieges, [error.message], seed);
  }
  return resultOf(sieges, [], seed);
};

/** Processes that `body` starts get these options of Node beside those that we have. */
async function withNodeOptions<T>(options: string, body: () => Promise<T>): Promise<T> {
  const before = process.env.NODE_OPTIONS;
  process.env.NODE_OPTIONS = `${before ?? ''} ${options}`;
  try {
    return await body();
  } finally {
    if (before === undefined) delete process.env.NODE_OPTIONS;
    else process.env.NODE_OPTIONS = before;
  }
}

/** Of each stranger that it cuts off the worker writes a line. */
function unlessWarning({ tell }: BenchContext): BenchContext['tell'] {
  return (line) => {
    if (!line.startsWith('{"level":"warn"')) tell(line);
  };
}

async function besiege(
  cluster: OpenCluster,
  seed: number,
  sieges: Siege[],
  context: BenchContext,
): Promise<void> {
  const { frames, messages } = context.short ? sizes.short : sizes.full;
  const target = await fuzzTarget(cluster);
  const run = { target, signal: cluster.signal, context };
  try {
    await layFrames({ ...run, source: new FuzzSource(seed) }, frames, sieges);
    await layMessages({ ...run, source: new FuzzSource(seed + 1) }, messages, sieges);
  } finally {
    target.close();
  }
}

interface Run {
  readonly target: FuzzTarget;
  readonly source: FuzzSource;
  readonly signal: AbortSignal;
  readonly context: BenchContext;
}

async function layFrames(run: Run, frames: number, sieges: Siege[]): Promise<void> {
  const { target, source } = run;
  // Most over TCP; the unix socket also has the frames about shared memory.
  const tcp = await target.door('tcp');
  const unix = await target.door('unix');
  await lay(run, newSiege('frames on lanes', sieges), frames, async (siege) => {
    const attack = await attackLane(source, source.chance(0.8) ? tcp : unix);
    if (attack.end === 'hung') siege.hangs += 1;
    if (attack.end === 'refused') siege.failures.push('a connection was refused');
    return attack.frames;
  });
}

async function layMessages(run: Run, messages: number, sieges: Siege[]): Promise<void> {
  const { target, source } = run;
  const known = { namespace: target.namespace, worker: target.workerId, major: protocolVersion.major };
  const fuzzers = [
    new CallFuzzer(target.worker, 'kvtide.v1.Worker', hangMs),
    new CallFuzzer(target.coordinator, 'kvtide.v1.Coordinator', hangMs),
  ];
  await lay(run, newSiege('messages on gRPC', sieges), messages, async (siege) => {
    const end = await source.pick(fuzzers).call(source, known);
    if (end.code === status.DEADLINE_EXCEEDED) {
      siege.hangs += 1;
      run.context.tell(`${end.path} did not answer`);
    }
    return end.messages;
  });
  for (const fuzzer of fuzzers) fuzzer.close();
}

/** Lets strangers in, some at once, until so much was sent; friends come in between. */
async function lay(
  { target, source, signal, context }: Run,
  siege: Siege,
  wanted: number,
  attack: (siege: Siege) => Promise<number>,
): Promise<void> {
  const friend = await target.lane('tcp');
  const until = async (goal: number): Promise<void> => {
    const stranger = async (): Promise<void> => {
      while (siege.sent < goal && performance.now() < context.deadlineMs) {
        signal.throwIfAborted();
        siege.attempts += 1;
        const isFriendsTurn = siege.attempts % strangersPerFriend === 0;
        const sent = await attack(siege);
        siege.sent += sent;
        if (!isFriendsTurn) continue;
        siege.friends += 1;
        const wrong = await goodTraffic(source, friend, fuzzHalfBytes);
        if (wrong !== null) siege.failures.push(wrong);
      }
    };
    await Promise.all(Array.from({ length: strangers }, stranger));
  };
  await until(wanted * warmUpShare);
  const warm = await Promise.all(target.pids.map(restingSize));
  await until(wanted);
  const end = await Promise.all(target.pids.map(restingSize));
  for (const [i, size] of end.entries()) {
    const mebibytes = ({ residentBytes }: ProcessSize): string => (residentBytes / 2 ** 20).toFixed(0);
    context.tell(
      `pid ${target.pids[i]}: ${mebibytes(warm[i]!)} MiB after warm-up, ${mebibytes(size)} at the end`,
    );
  }
  siege.growth = Math.max(...end.map((size, i) => size.residentBytes / warm[i]!.residentBytes));
  siege.filesGrowth = Math.max(...end.map((size, i) => size.files - warm[i]!.files));
  if (siege.sent < wanted) siege.failures.push(`${siege.sent} of ${wanted}: give more --minutes`);
  await friend.close();
}

function newSiege(name: string, sieges: Siege[]): Siege {
  const siege = {
    name,
    sent: 0,
    attempts: 0,
    hangs: 0,
    friends: 0,
    growth: Number.NaN,
    filesGrowth: Number.NaN,
    failures: [],
  };
  sieges.push(siege);
  return siege;
}

function resultOf(sieges: readonly Siege[], crashes: readonly string[], seed: number): BenchResult {
  const failures = [...crashes];
  for (const { name, hangs, growth, filesGrowth, failures: others } of sieges) {
    if (hangs > 0) failures.push(`${name}: ${hangs} did not end within ${hangMs} ms`);
    if (growth > growthMax) failures.push(`${name}: a process grew ${growth.toFixed(2)} times after warm-up`);
    if (filesGrowth > 0) failures.push(`${name}: ${filesGrowth} more files are open than after warm-up`);
    for (const other of new Set(others)) failures.push(`${name}: ${other}`);
  }
  const sent = sieges.reduce((sum, siege) => sum + siege.sent, 0);
  const hangs = sieges.reduce((sum, siege) => sum + siege.hangs, 0);
  const growth = Math.max(...sieges.map((siege) => siege.growth));
  const baseline = 'frames and messages of strangers';
  return {
    rows: sieges.map(({ name, attempts, failures: _, ...figures }) => ({
      name,
      n: attempts,
      figures: { ...figures, seed },
    })),
    ratios: [
      { name: 'fuzz_crashes', value: crashes.length, n: sent, baseline },
      { name: 'fuzz_hangs', value: hangs, n: sent, baseline },
      { name: 'fuzz_growth', value: growth, n: sent, baseline: 'resident memory after warm-up' },
    ],
    missing: [],
    failures: failures.map((failure) => `${failure}, with seed ${seed}`),
  };
}
