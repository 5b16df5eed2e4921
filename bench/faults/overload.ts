import { fork } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { OpenCluster } from '../../src/cli/withCluster.js';
import { KvError } from '../../src/core/errors.js';
import type { Bench, BenchResult } from '../support/bench.js';
import { quantile } from '../support/quantile.js';
import { withStores } from '../transfer/storeCluster.js';
import { askedBlocks, askedGeometry, askedHalfBytes, blockOf } from './askedPages.js';
import { type Asked, type Asking, askedSchema } from './askingMessages.js';

const script = fileURLToPath(new URL('./askingProcess.ts', import.meta.url));
const mebibyte = 2 ** 20;
const memoryLimit = 448 * mebibyte;
const clients = 500;
const processes = 4;
const full = { idleSeconds: 15, seconds: 120 };
const short = { idleSeconds: 5, seconds: 15 };

/**
 * 500 clients of one small worker, with connections of their own, ask for pages and lookups without a
 * pause. The ratio of times is the 99th percentile from asking to the answer of an accepted try, over the same of
 * one client alone in the same run; the worker's memory is the most that was resident.
 */
export const overloadPart: Bench = (context) => {
  const store = { pinnedBytes: 64 * mebibyte, diskBytes: 256 * mebibyte, memoryLimit };
  return withStores(askedGeometry, [store], context, async ([cluster]) => {
    if (cluster?.embedded == null) throw new KvError('internal', 'the store has no processes');
    const { idleSeconds, seconds } = context.short ? short : full;
    const where = await fill(cluster);
    const connect = (first: number, count: number, forSeconds: number) =>
      connected({ ...where, first, clients: count, seconds: forSeconds }, cluster.signal);
    context.tell('overload: one client');
    const idle = await (await connect(clients, 1, idleSeconds))();
    context.tell(`overload: ${clients} clients`);
    const each = clients / processes;
    const begin = await Promise.all(
      Array.from({ length: processes }, (_, at) => connect(at * each, each, seconds)),
    );
    const all = await Promise.all(begin.map((ask) => ask()));
    return resultOf(idle, all, peakBytes(cluster.embedded.workers[0]?.pid ?? 0));
  });
};

/** Puts the pages that are asked for. */
async function fill({ client, embedded }: OpenCluster) {
  const half = () => new Uint8Array(askedHalfBytes).fill(7);
  const pages = Array.from({ length: askedBlocks }, (_, at) => ({
    block: blockOf(at),
    layer: 0,
    blockIndex: 0,
    k: half(),
    v: half(),
  }));
  for await (const { kind } of client.blocks.put(pages)) {
    if (kind !== 'stored') throw new KvError('internal', `a page was not stored: ${kind}`);
  }
  const { namespace } = await client.model();
  return {
    namespace,
    worker: embedded?.workers[0]?.address ?? '',
    coordinator: embedded?.address ?? '',
  };
}

/** Starts a process of clients. @returns what has them ask, once all are connected. */
async function connected(asking: Asking, signal: AbortSignal): Promise<() => Promise<Asked>> {
  // stdout is the bench's own.
  const child = fork(script, {
    execArgv: ['--import', 'tsx'],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const abort = () => child.kill('SIGKILL');
  signal.addEventListener('abort', abort, { once: true });
  const ended = new Promise<never>((_, reject) =>
    child.once('exit', () => {
      signal.removeEventListener('abort', abort);
      reject(new KvError('internal', 'a process of clients ended unasked'));
    }),
  );
  ended.catch(() => {}); // in good order it ends after its answer
  const say = (message: object): Promise<unknown> =>
    Promise.race([ended, new Promise((resolve) => child.once('message', resolve).send(message))]);
  await say(asking);
  return async () => askedSchema.parse(await say({ kind: 'begin' }));
}

function peakBytes(pid: number): number {
  const match = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  return Number(match?.[1]) * 1024;
}

function resultOf(idle: Asked, all: readonly Asked[], peak: number): BenchResult {
  const loaded: Asked = {
    kind: 'asked',
    acceptedMs: all.flatMap(({ acceptedMs }) => acceptedMs),
    rejected: all.reduce((sum, { rejected }) => sum + rejected, 0),
    otherwise: all.flatMap(({ otherwise }) => otherwise),
    timeouts: all.reduce((sum, { timeouts }) => sum + timeouts, 0),
  };
  const [idleMs, loadedMs] = [idle, loaded].map(({ acceptedMs }) => quantile(acceptedMs, 0.99));
  const n = loaded.acceptedMs.length;
  const failures = [...new Set([...idle.otherwise, ...loaded.otherwise])].slice(0, 5);
  return {
    rows: [rowOf('one client', idle), rowOf(`${clients} clients`, loaded)],
    ratios: [
      {
        name: 'overload_p99_vs_idle',
        value: Number(loadedMs) / Number(idleMs),
        n,
        baseline: 'p99 of one client',
      },
      { name: 'rss_vs_limit', value: peak / memoryLimit, n: 1, baseline: '--memory-limit' },
    ],
    missing: [],
    failures: [
      ...failures.map((reason) => `overload: rejected without a hint: ${reason}`),
      ...(loaded.timeouts > 0 ? [`overload: ${loaded.timeouts} requests were not answered in time`] : []),
      ...(loaded.rejected === 0 ? ['overload: nothing was rejected, so there was no overload'] : []),
    ],
  };
}

function rowOf(name: string, { acceptedMs, rejected, otherwise, timeouts }: Asked) {
  const figures = {
    p50Ms: quantile(acceptedMs, 0.5),
    p99Ms: quantile(acceptedMs, 0.99),
    accepted: acceptedMs.length,
    rejectedWithHint: rejected,
    rejectedOtherwise: otherwise.length,
    timeouts,
  };
  return { name: `overload: ${name}`, n: acceptedMs.length, figures };
}
