import { randomBytes } from 'node:crypto';
import { KvClient } from '../../src/client/kvClient.js';
import type { PageToPut } from '../../src/client/pageResults.js';
import { type BlockKey, blockKeyBytes, blockKeyFromBytes } from '../../src/core/blockKey.js';
import { KvError } from '../../src/core/errors.js';
import type { PageId } from '../../src/core/pageId.js';
import type { PageView } from '../../src/core/pageView.js';
import type { LaneKind } from '../../src/transfer/laneKind.js';
import type { Contender } from '../support/contender.js';
import { type BenchPages, benchHalfBytes, pageRing, viewOf } from './benchPages.js';
import type { Family } from './contenderMessages.js';
import { measuredMove } from './measuredMove.js';
import { benchGeometry, type TransferSizes } from './transferSizes.js';

const layers = benchGeometry.layers.length;
const wordsPerProbe = 4096 / Int32Array.BYTES_PER_ELEMENT;

/**
 * Pages over one lane through the SDK, at every depth; where pages are lent, also read in place. Puts drop
 * what gets would want, so each has a store of its own.
 */
export async function kvtideContenders(
  { lane, get, put }: Extract<Family, { family: 'kvtide' }>,
  pages: BenchPages,
  { passes, depths }: TransferSizes,
): Promise<Contender[]> {
  const connect = (address: string) => KvClient.connect(address, { lanes: [lane], name: `bench ${lane}` });
  const [getClient, putClient] = await Promise.all([connect(get), connect(put)]);
  const pids = async (client: KvClient) => (await client.describe()).workers.map(({ pid }) => pid);
  const [getPids, putPids] = await Promise.all([pids(getClient), pids(putClient)]);
  const wanted = await fillStore(getClient, pages);
  const asked = Array.from({ length: passes }, () => wanted).flat();
  const bytes = asked.length * 2 * benchHalfBytes;

  const gets = (depth: number): Contender => {
    const ring = pageRing(depth);
    return {
      name: `kvtide ${lane} get, depth ${depth}`,
      round: () =>
        measuredMove(bytes, getPids, async () => {
          const options = { underWayMax: depth, into: () => viewOf(ring()) };
          for await (const { kind } of getClient.blocks.get(asked, options)) {
            if (kind !== 'hit') throw new KvError('internal', `a page was not got: ${kind}`);
          }
          await checkLane(getClient, lane);
        }),
    };
  };
  const lent = (depth: number, verified: boolean): Contender => ({
    name: `kvtide ${lane} lent ${verified ? 'and verified ' : ''}get, depth ${depth}`,
    round: () =>
      measuredMove(bytes, getPids, async () => {
        for await (const result of getClient.blocks.get(asked, { underWayMax: depth, lend: true })) {
          if (result.kind !== 'hit' || result.form !== 'lent') {
            throw new KvError('internal', `a page was not lent: ${result.kind}`);
          }
          const { lent: page } = result;
          const isRead = verified ? page.verify() === 'right' : page.read(probe).kind === 'read';
          page.release();
          if (!isRead) throw new KvError('internal', 'a lent page was not what it should be');
        }
      }),
  });
  const puts = (depth: number): Contender => ({
    name: `kvtide ${lane} put, depth ${depth}`,
    round: async () => {
      const toPut = newPages(asked.length).map((id, index) => pageToPut(id, pages.view(index)));
      return measuredMove(bytes, putPids, async () => {
        for await (const { kind } of putClient.blocks.put(toPut, { underWayMax: depth })) {
          if (kind !== 'stored') throw new KvError('internal', `a page was not stored: ${kind}`);
        }
        await checkLane(putClient, lane);
      });
    },
  });
  return depths.flatMap((depth) => [
    gets(depth),
    puts(depth),
    ...(lane === 'shm' ? [lent(depth, false), lent(depth, true)] : []),
  ]);
}

/** The pages that gets ask for. */
async function fillStore({ blocks }: KvClient, pages: BenchPages): Promise<readonly PageId[]> {
  const ids = newPages(pages.count);
  for await (const { kind } of blocks.put(ids.map((id, index) => pageToPut(id, pages.view(index))))) {
    if (kind !== 'stored') throw new KvError('internal', `a page of the bench was not stored: ${kind}`);
  }
  return ids;
}

/** A figure over another lane would be told under this one's name. */
async function checkLane(client: KvClient, wanted: LaneKind): Promise<void> {
  const kinds = (await client.lanes()).map(({ kind }) => kind);
  if (kinds.length === 1 && kinds[0] === wanted) return;
  throw new KvError('internal', `pages went over ${kinds.join(' and ') || 'no lane'} instead of ${wanted}`);
}

/** Pages of blocks that nobody has: the layers of one block after the other. */
function newPages(count: number): PageId[] {
  let block: BlockKey = blockKeyFromBytes(randomBytes(blockKeyBytes));
  return Array.from({ length: count }, (_, index) => {
    if (index % layers === 0) block = blockKeyFromBytes(randomBytes(blockKeyBytes));
    return { block, layer: index % layers };
  });
}

function pageToPut({ block, layer }: PageId, { k, v }: PageView): PageToPut {
  return { block, layer, blockIndex: 0, k, v };
}

/** One word of every 4 KiB. */
function probe({ k, v }: PageView): number {
  let sum = 0;
  for (const { buffer, byteOffset, byteLength } of [k, v]) {
    const words = new Int32Array(buffer, byteOffset, byteLength / Int32Array.BYTES_PER_ELEMENT);
    for (let at = 0; at < words.length; at += wordsPerProbe) sum += words[at]!;
  }
  return sum;
}
