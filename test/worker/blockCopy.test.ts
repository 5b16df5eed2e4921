import PQueue from 'p-queue';
import { describe, expect, it } from 'vitest';
import type { BlockKey } from '../../src/core/blockKey.js';
import { KvError } from '../../src/core/errors.js';
import { type PageId, pageName } from '../../src/core/pageId.js';
import { HeapSlab } from '../../src/memory/heapSlab.js';
import { systemClock } from '../../src/observe/systemClock.js';
import type { Lane, LaneGet, LentPage } from '../../src/transfer/lane.js';
import { TransferEngine } from '../../src/transfer/transferEngine.js';
import { defaultTransferOptions } from '../../src/transfer/transferOptions.js';
import { BlockCopy } from '../../src/worker/blockCopy.js';
import { type CopyLimits, defaultCopyLimits } from '../../src/worker/copyLimits.js';
import { StubPageHost } from '../support/stubPageHost.js';
import { emptyPage, fillPage, pageId, sealedPage } from '../support/testPages.js';

const halfBytes = 256;
const layers = [3, 4, 5];

const numberOf = ({ block, layer }: PageId) => 10 * Number.parseInt(block.slice(24, 26), 16) + layer;
const blocks = Array.from({ length: 12 }, (_, at) => pageId(at + 1).block);

interface SceneOptions {
  readonly lend?: Lane['lend'];
  readonly get?: (id: PageId, asked: number) => LaneGet | undefined;
  readonly slots?: number;
  readonly limits?: Partial<CopyLimits>;
  readonly engine?: TransferEngine;
  readonly turns?: PQueue;
}

/** A source that answers every page after a turn, unless `get` says otherwise, and a destination with slots. */
function scene({
  lend = null,
  get = () => undefined,
  slots = 64,
  limits,
  engine = new TransferEngine(defaultTransferOptions, systemClock),
  turns = new PQueue({ concurrency: defaultCopyLimits.pagesOfAllCopiesMax }),
}: SceneOptions = {}) {
  const host = new StubPageHost(new HeapSlab(slots * 2 * halfBytes), halfBytes);
  const here = new Set<string>();
  const abort = new AbortController();
  const asked: PageId[] = [];
  let underWay = 0;
  let underWayMost = 0;
  const lane: Lane = {
    kind: 'tcp',
    peer: 'source:1',
    figures: { gotPages: 0, gotBytes: 0, putPages: 0, putBytes: 0, lentPages: 0 },
    isOpen: true,
    lend,
    put: () => Promise.reject(new Error('nothing is put')),
    close: async () => {},
    get: async (id, into, signal) => {
      asked.push(id);
      underWay += 1;
      underWayMost = Math.max(underWayMost, underWay);
      await new Promise((resolve) => setTimeout(resolve, 1));
      underWay -= 1;
      signal?.throwIfAborted();
      const said = get(id, asked.length);
      if (said !== undefined && said.kind !== 'hit') return said;
      fillPage(into, numberOf(id));
      return { kind: 'hit', blockIndex: 7, checksum: sealedPage(numberOf(id), halfBytes).checksum };
    },
  };
  let key = 0;
  const copy = new BlockCopy({
    host,
    engine,
    turns,
    lane,
    halfBytes,
    clock: systemClock,
    limits: { ...defaultCopyLimits, ...limits },
    signal: abort.signal,
    has: (id) => here.has(pageName(id)),
    pagesOf: (block: BlockKey) => layers.map((layer) => ({ block, layer })),
    nextKey: () => {
      key -= 1;
      return key;
    },
  });
  const nextKeysFrom = (from: number) => {
    key = from;
  };
  return { host, here, copy, abort, asked, nextKeysFrom, underWayMost: () => underWayMost };
}

async function copyAll(copy: BlockCopy): Promise<void> {
  for (const block of blocks) await copy.add(block);
  await copy.end();
}

describe('BlockCopy', () => {
  it('brings every page whole, and no more at once than its bounds say', async () => {
    const { copy, host, underWayMost } = scene({ limits: { bytesUnderWayMax: 4 * 2 * halfBytes + 1 } });
    await copyAll(copy);
    expect(copy.counts).toEqual({
      pagesTotal: 36,
      pagesCopied: 36,
      pagesPresent: 0,
      pagesFailed: 0,
      bytesCopied: 36 * 2 * halfBytes,
    });
    expect(underWayMost()).toBe(4);
    expect(host.held).toBe(0);
    const wanted = emptyPage(halfBytes);
    for (const block of blocks) {
      for (const layer of layers) {
        fillPage(wanted, numberOf({ block, layer }));
        expect(host.stored({ block, layer })).toEqual(wanted);
      }
    }
  });

  it('asks for nothing that is here', async () => {
    const { copy, here, asked } = scene();
    here.add(pageName({ block: blocks[0]!, layer: 4 }));
    await copyAll(copy);
    expect(copy.counts).toMatchObject({ pagesTotal: 36, pagesCopied: 35, pagesPresent: 1 });
    expect(asked).toHaveLength(35);
  });

  it('wants only what is there of a block that is there in part, and misses one that is not there at all', async () => {
    const { copy } = scene({
      get: ({ block, layer }) =>
        block === blocks[1] || (block === blocks[2] && layer === 3) ? { kind: 'miss' } : undefined,
    });
    await copyAll(copy);
    expect(copy.counts).toMatchObject({ pagesTotal: 35, pagesCopied: 32, pagesFailed: 3 });
  });

  it('counts what is wrong there, what comes wrong, and what finds no room', async () => {
    const wrong = scene({
      get: ({ layer }) => (layer === 5 ? { kind: 'corrupt', reason: 'flipped' } : undefined),
    });
    await copyAll(wrong.copy);
    expect(wrong.copy.counts).toMatchObject({ pagesTotal: 36, pagesCopied: 24, pagesFailed: 12 });
    const small = scene({ slots: 30 });
    await copyAll(small.copy);
    expect(small.copy.counts).toMatchObject({ pagesTotal: 36, pagesCopied: 30, pagesFailed: 6 });
    expect(small.host.held).toBe(0);
  });

  it('tries again what is throttled on either side, and not for ever', async () => {
    const throttled = { kind: 'throttled', retryAfterMs: 1 } as const;
    const tries = new Map<string, number>();
    const isEarly = (id: PageId, triesMax: number) => {
      const name = pageName(id);
      tries.set(name, (tries.get(name) ?? 0) + 1);
      return tries.get(name)! < triesMax;
    };
    const { copy, host } = scene({ get: (id) => (isEarly(id, 3) ? throttled : undefined) });
    host.onReserve = (id) => (isEarly(id, 6) ? throttled : undefined);
    await copyAll(copy);
    expect(copy.counts).toMatchObject({ pagesCopied: 36, pagesFailed: 0 });
    const never = scene({ get: () => throttled, limits: { triesMax: 3 } });
    await copyAll(never.copy);
    expect(never.copy.counts).toMatchObject({ pagesCopied: 0, pagesFailed: 36 });
    expect(never.asked).toHaveLength(108);
  });

  it('stops asking a source that is gone, and counts the rest as failed', async () => {
    const cause = new KvError('unavailable', 'the connection broke');
    const { copy, asked } = scene({
      get: (_, count) => (count > 10 ? { kind: 'unavailable', cause } : undefined),
      limits: { pagesUnderWayMax: 2 },
    });
    await copyAll(copy);
    expect(copy.gone).toBe(cause);
    const { pagesTotal, pagesCopied, pagesFailed } = copy.counts;
    expect([pagesTotal, pagesCopied + pagesFailed]).toEqual([36, 36]);
    expect(pagesCopied).toBeLessThanOrEqual(10);
    expect(asked.length).toBeLessThanOrEqual(13);
  });

  it('ends when it is aborted, with no room left open', async () => {
    const { copy, abort, host, asked } = scene({ limits: { pagesUnderWayMax: 2 } });
    const adding = copyAll(copy);
    while (copy.counts.pagesCopied < 4) await new Promise((resolve) => setTimeout(resolve, 1));
    abort.abort(new KvError('cancelled', 'the caller is gone'));
    await expect(adding).rejects.toThrow('the caller is gone');
    expect(asked.length).toBeLessThan(36);
    expect(host.held).toBe(0);
  });

  it('leaves the engine turns for what pages wait for when they are stored, however many copies run', async () => {
    expect(2 * defaultCopyLimits.pagesOfAllCopiesMax).toBeLessThanOrEqual(defaultTransferOptions.runningMax);
    const engine = new TransferEngine({ ...defaultTransferOptions, runningMax: 4 }, systemClock);
    const turns = new PQueue({ concurrency: 2 });
    let writeKey = 0;
    const written = () =>
      new Promise<void>((resolve) => {
        writeKey += 1;
        const key = writeKey;
        const move = () => ({ kind: 'moved', from: 'pinned', bytes: 1, ms: 1 }) as const;
        engine.request({ key, class: 'writeBack', bytes: 1, to: 'disk', reserve: () => true, move }, () =>
          resolve(),
        );
      });
    const copies = [1, 2, 3].map(() => scene({ engine, turns, limits: { pagesUnderWayMax: 4 } }));
    for (const [at, { host, nextKeysFrom }] of copies.entries()) {
      nextKeysFrom(-1000 * at);
      host.onReserve = (id) => {
        const made = host.makeRoom(id, {
          blockIndex: 7,
          checksum: sealedPage(numberOf(id), halfBytes).checksum,
        });
        if (made.kind !== 'room') return made;
        const { room } = made;
        return { kind: 'room', room: { ...room, complete: () => written().then(() => room.complete()) } };
      };
    }
    await Promise.all(copies.map(({ copy }) => copyAll(copy)));
    for (const { copy } of copies) expect(copy.counts.pagesCopied).toBe(36);
  });

  it('asks again for a page whose lease ran out before it was copied', async () => {
    const asked = new Map<string, number>();
    const lend = async (id: PageId) => {
      const tries = (asked.get(pageName(id)) ?? 0) + 1;
      asked.set(pageName(id), tries);
      const { view, checksum } = sealedPage(numberOf(id), halfBytes);
      const page: LentPage = {
        id,
        checksum,
        blockIndex: 7,
        leaseMs: 1,
        read: (use) => (tries < 2 ? { kind: 'expired' } : { kind: 'read', value: use(view) }),
        verify: () => 'right',
        release: () => {},
      };
      return { kind: 'lent', page } as const;
    };
    const { copy, host } = scene({ lend, limits: { retryAfterMsMax: 1 } });
    await copyAll(copy);
    expect(copy.counts).toMatchObject({ pagesCopied: 36, pagesFailed: 0 });
    expect([host.held, host.abandoned]).toEqual([0, 36]);
  });
});
