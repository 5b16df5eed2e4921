import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { KvClient } from '../../src/client/kvClient.js';
import type { PageToPut } from '../../src/client/pageResults.js';
import { KvError } from '../../src/core/errors.js';
import { SeededRandom } from '../../src/decode/seededRandom.js';
import type { BenchContext, BenchRow } from '../support/bench.js';
import { CrashLedger } from './crashLedger.js';
import { crashBlock, crashView } from './crashPages.js';
import { KilledStore } from './killedStore.js';

/** Blocks that come and go. */
const blocks = 1500;
const loadMsMax = 700;
const batchMax = 12;

/** What was found over all restarts. */
export interface KillFindings {
  kills: number;
  /** Pages that were read and are right. */
  right: number;
  wrong: number;
  /** Pages that were acknowledged and flushed, and are not there. */
  lost: number;
  corrupt: number;
  /** Starts that failed or spoke of damage. */
  unclean: number;
}

/** Kills a worker with SIGKILL at random moments of a mixed load, and looks at all its pages after each start. */
export async function killLoop(
  seed: number,
  kills: number,
  deadlineMs: number,
  context: BenchContext,
): Promise<KillFindings> {
  const folder = await mkdtemp(join(tmpdir(), 'kvtide-crash-'));
  const found: KillFindings = { kills: 0, right: 0, wrong: 0, lost: 0, corrupt: 0, unclean: 0 };
  const random = new SeededRandom(seed);
  const ledger = new CrashLedger();
  const store = await KilledStore.start(folder);
  let client: KvClient | null = null;
  try {
    client = await store.connect();
    for (;;) {
      await store.startWorker(client);
      await lookAtAll(client, ledger, found);
      if (store.said.length > 0) {
        found.unclean += 1;
        context.tell(`after kill ${found.kills} the worker says: ${store.said[0]}`);
      }
      if (found.kills === kills || performance.now() > deadlineMs) return found;
      if (context.signal.aborted) throw KvError.from(context.signal.reason, 'cancelled');
      await killUnderLoad(client, store, ledger, random);
      found.kills += 1;
      if (found.kills % 20 === 0)
        context.tell(`kill -9: ${found.kills} of ${kills}, ${found.right} pages right`);
    }
  } finally {
    await client?.close();
    await store.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

async function lookAtAll({ blocks: pages }: KvClient, { durable }: CrashLedger, found: KillFindings) {
  const ids = Array.from({ length: blocks }, (_, index) => ({ block: crashBlock(index), layer: 0 }));
  let index = 0;
  for await (const result of pages.get(ids)) {
    const expected = crashView(index);
    const isThere = result.kind === 'hit';
    if (result.kind === 'hit' && result.form === 'copied') {
      const same = Buffer.compare(result.k, expected.k) === 0 && Buffer.compare(result.v, expected.v) === 0;
      if (same) found.right += 1;
      else found.wrong += 1;
    } else if (result.kind === 'corrupt') found.corrupt += 1;
    else if (result.kind !== 'miss') {
      throw new KvError('internal', `a page of a worker that runs is ${result.kind}`);
    }
    if (!isThere && durable.has(index)) found.lost += 1;
    index += 1;
  }
}

/** Puts, gets, removals and flushes side by side until the worker is killed in the middle of them. */
async function killUnderLoad(
  { blocks: pages }: KvClient,
  store: KilledStore,
  ledger: CrashLedger,
  random: SeededRandom,
): Promise<void> {
  const below = (bound: number): number => Math.floor(random.fraction() * bound);
  const some = (): number[] => [...new Set(Array.from({ length: 1 + below(batchMax) }, () => below(blocks)))];
  const end = new AbortController();
  const { signal } = end;
  // What the killed worker leaves unanswered is not known: the ledger only takes what was acknowledged.
  const until = async (work: () => Promise<void>): Promise<void> => {
    while (!signal.aborted) await work().catch(() => pause(1));
  };
  const put = async (): Promise<void> => {
    const wanted = some();
    for await (const { kind, page } of pages.put(wanted.map(pageToPut), { signal })) {
      const index = wanted.find((block) => crashBlock(block) === page.block);
      if (index !== undefined && (kind === 'stored' || kind === 'present')) ledger.stored(index);
    }
  };
  const get = async (): Promise<void> => {
    await pages
      .get(
        some().map((index) => ({ block: crashBlock(index), layer: 0 })),
        { signal },
      )
      .all();
  };
  const remove = async (): Promise<void> => {
    const index = below(blocks);
    ledger.removing(index);
    await pages.remove([crashBlock(index)], { signal }).finally(() => ledger.removed(index));
  };
  const flush = async (): Promise<void> => {
    const flushed = ledger.flushing();
    if ((await pages.flush({ signal })).kind === 'flushed') flushed();
    await pause(below(20));
  };
  const load = [put, put, get, remove, flush].map(until);
  await pause(below(loadMsMax));
  await store.killWorker();
  end.abort();
  await Promise.all(load);
  ledger.killed();
}

function pageToPut(index: number): PageToPut {
  return { block: crashBlock(index), layer: 0, blockIndex: index, ...crashView(index) };
}

export function killRow({ kills, ...figures }: KillFindings): BenchRow {
  return { name: 'kill -9 under load', n: kills, figures };
}
