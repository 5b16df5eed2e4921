import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { KvClient, type KvClientOptions } from '../../src/client/kvClient.js';
import type { PageToPut } from '../../src/client/pageResults.js';
import type { BlockKey } from '../../src/core/blockKey.js';
import { laneKinds } from '../../src/transfer/laneKind.js';
import { StoreCluster, storeGeometry } from './storeCluster.js';

const halfValues = storeGeometry.kvHeads * storeGeometry.blockTokens * storeGeometry.headDim;
const promptOf = (blocks: number, salt = 0) =>
  Array.from({ length: blocks * storeGeometry.blockTokens + 9 }, (_, at) => at * 5 + salt);

function pagesOf(keys: readonly BlockKey[]): PageToPut[] {
  return keys.flatMap((block, blockIndex) =>
    storeGeometry.layers.map((_, layer) => ({
      block,
      layer,
      blockIndex,
      k: Float32Array.from({ length: halfValues }, (_, at) => at + blockIndex * 3 + layer),
      v: Float32Array.from({ length: halfValues }, (_, at) => at * 2 - blockIndex - layer * 7),
    })),
  );
}

const countOf = (results: readonly { kind: string }[]) => {
  const counts: Record<string, number> = {};
  for (const { kind } of results) counts[kind] = (counts[kind] ?? 0) + 1;
  return counts;
};

const sameBytes = (a: Uint8Array, b: ArrayBufferView) =>
  Buffer.compare(a, new Uint8Array(b.buffer, b.byteOffset, b.byteLength)) === 0;

/** Hits whose bytes are those that were put. */
async function rightOnes(client: KvClient, pages: readonly PageToPut[], lend = false): Promise<number> {
  let right = 0;
  let at = 0;
  for await (const got of client.blocks.get(pages, { lend })) {
    const { k, v } = pages[at]!;
    at += 1;
    if (got.kind !== 'hit') continue;
    const isSame = (view: { k: Uint8Array; v: Uint8Array }) => sameBytes(view.k, k) && sameBytes(view.v, v);
    if (got.form === 'copied') right += isSame(got) ? 1 : 0;
    else {
      const read = got.lent.read(isSame);
      right += read.kind === 'read' && read.value ? 1 : 0;
      got.lent.release();
    }
  }
  return right;
}

let store: StoreCluster;
let clients: KvClient[];
beforeEach(() => {
  clients = [];
});
afterEach(async () => {
  for (const client of clients) await client.close();
  store.dispose();
});

async function connect(options: KvClientOptions = {}): Promise<KvClient> {
  const client = await KvClient.connect(store.address, options);
  clients.push(client);
  return client;
}

describe('block mode against real processes', { timeout: 120_000 }, () => {
  it('moves pages over every lane, with two workers to each layer range', async () => {
    store = await StoreCluster.start(['--stages', '2', '--workers', '4']);
    for (const [at, kind] of laneKinds.entries()) {
      const client = await connect({ lanes: [kind], tenant: kind });
      const prompt = promptOf(20, at);
      const keys = await client.blocks.keys(prompt);
      const pages = pagesOf(keys);
      expect(countOf(await client.blocks.put(pages).all())).toEqual({ stored: pages.length });
      expect(await rightOnes(client, pages)).toBe(pages.length);
      expect(await rightOnes(client, pages, true)).toBe(pages.length);
      expect(countOf(await client.blocks.exists(pages))).toEqual({ present: pages.length });
      const lanes = await client.lanes();
      expect(lanes.map((lane) => lane.kind)).toEqual([kind, kind, kind, kind]);
      expect(lanes.reduce((sum, { putPages }) => sum + putPages, 0)).toBe(pages.length);
      expect(lanes.some(({ lentPages }) => lentPages > 0)).toBe(kind === 'shm');
      await expect.poll(async () => (await client.blocks.lookup(prompt)).blocks).toBe(20);
      const { stages } = await client.blocks.lookup(keys.slice(0, 7));
      expect(stages.map(({ blocks }) => blocks)).toEqual([7, 7]);
    }
    const [client] = clients as [KvClient];
    // Another tenant's keys are others, for the same tokens.
    const keys = await client.blocks.keys(promptOf(2));
    expect(await (await connect({ tenant: 'other' })).blocks.keys(promptOf(2))).not.toEqual(keys);
    expect(await client.blocks.flush()).toEqual({ kind: 'flushed' });
    expect(await client.blocks.prefetch(keys)).toMatchObject({ missingPages: 0, refusedPages: 0 });
    const { workers } = await client.blocks.explain(keys[0]!);
    const explained = workers.flatMap(({ pages }) => pages);
    expect(explained.map(({ layer }) => layer).toSorted()).toEqual([0, 1, 2, 3]);
    for (const { tiers, events } of explained) {
      expect(tiers).toContain('disk');
      expect(events[0]?.text).toBe('given from outside');
      expect(Math.abs(Date.now() - events[0]!.atMs)).toBeLessThan(120_000);
    }
    expect(await client.blocks.remove(keys)).toEqual({ removedPages: 8, heldPages: 0, unreached: [] });
    expect(countOf(await client.blocks.get(pagesOf(keys)).all())).toEqual({ miss: 8 });
    await store.stop();
  });

  it('goes on with the other worker of a layer range when one is killed', async () => {
    store = await StoreCluster.startApart();
    const client = await connect();
    const pages = pagesOf(await client.blocks.keys(promptOf(40)));
    expect(countOf(await client.blocks.put(pages).all())).toEqual({ stored: pages.length });
    const [victim, other] = store.workers as [(typeof store.workers)[0], (typeof store.workers)[0]];
    const before = await client.lanes();
    const survive = before.find(({ address }) => address === other.address)?.putPages ?? 0;
    expect(survive).toBeGreaterThan(0);
    expect(survive).toBeLessThan(pages.length);

    process.kill(victim.pid, 'SIGKILL');
    // What only it had is gone, and is named as such once the cluster knows; nothing is wrong or hangs.
    const found = countOf(await client.blocks.get(pages).all());
    expect(found.hit).toBe(survive);
    expect((found.miss ?? 0) + (found.unavailable ?? 0)).toBe(pages.length - survive);
    // New pages go to the one that is left.
    const put = countOf(await client.blocks.put(pages).all());
    expect(put).toEqual({ present: survive, stored: pages.length - survive });
    expect(await rightOnes(client, pages)).toBe(pages.length);
  });

  it('gives calls up when told to, and leaves nothing behind', async () => {
    store = await StoreCluster.startApart();
    const client = await connect({ deadlineMs: 20_000 });
    const pages = pagesOf(await client.blocks.keys(promptOf(10)));
    await client.blocks.put(pages).all();
    const [worker] = store.workers;
    process.kill(worker!.pid, 'SIGSTOP');
    try {
      const late = await client.blocks.get(pages, { deadlineMs: 300 }).all();
      const { unavailable = 0, hit = 0 } = countOf(late);
      expect(unavailable).toBeGreaterThan(0);
      expect(unavailable + hit).toBe(pages.length);
      for (const one of late) if (one.kind === 'unavailable') expect(one.cause.kind).toBe('timedOut');
      const given = client.blocks.put(pages, { signal: AbortSignal.timeout(200) }).all();
      await expect(given).rejects.toMatchObject({ name: 'KvError' });
      await expect(client.describe({ signal: AbortSignal.abort() })).rejects.toMatchObject({
        kind: 'cancelled',
      });
    } finally {
      process.kill(worker!.pid, 'SIGCONT');
    }
    expect(await rightOnes(client, pages)).toBe(pages.length);
  });
});
