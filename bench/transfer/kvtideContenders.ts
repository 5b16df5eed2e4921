import { randomBytes } from 'node:crypto';
import type { OpenCluster } from '../../src/cli/withCluster.js';
import { KvClient } from '../../src/client/kvClient.js';
import type { PageToPut } from '../../src/client/pageResults.js';
import { type BlockKey, blockKeyBytes, blockKeyFromBytes } from '../../src/core/blockKey.js';
import { KvError } from '../../src/core/errors.js';
import type { PageId } from '../../src/core/pageId.js';
import type { PageView } from '../../src/core/pageView.js';
import type { LaneKind } from '../../src/transfer/laneKind.js';
import type { Contender } from '../support/contender.js';
import { type BenchPages, benchHalfBytes, pageRing, viewOf } from './benchPages.js';
import { measuredMove } from './measuredMove.js';
import { benchGeometry, type TransferSizes } from './transferSizes.js';

const layers = benchGeometry.layers.length;
const wordsPerProbe = 4096 / Int32Array.BYTES_PER_ELEMENT;

/** Where gets and puts go: puts drop what gets would want, so each has a store of its own. */
export interface Stores {
  readonly get: OpenCluster;
  readonly put: OpenCluster;
}

/** The pages that gets ask for, in the store for gets. */
export async function fillStore({ client }: OpenCluster, pages: BenchPages): Promise<readonly PageId[]> {
  const ids = newPages(pages.count);
  for await (const { kind } of client.blocks.put(ids.map((id, index) => pageToPut(id, pages.view(index))))) {
    if (kind !== 'stored') throw new KvError('internal', `a page of the bench was not stored: ${kind}`);
  }
  return ids;
}

/** Pages over one lane through the SDK, at every depth; where pages are lent, also read in place. */
export async function kvtideContenders(
  lane: LaneKind,
  stores: Stores,
  pages: BenchPages,
  wanted: readonly PageId[],
  { passes, depths }: TransferSizes,
): Promise<{ readonly contenders: readonly Contender[]; close(): void }> {
  const connect = ({ embedded }: OpenCluster) =>
    KvClient.connect(embedded?.address ?? '', { lanes: [lane], name: `bench ${lane}` });
  const [getClient, putClient] = await Promise.all([connect(stores.get), connect(stores.put)]);
  const pid = async ({ client }: OpenCluster) =>
    (await client.describe()).workers.map((worker) => worker.pid);
  const [getPids, putPids] = await Promise.all([pid(stores.get), pid(stores.put)]);
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
  const isShared = lane === 'shm';
  const contenders = depths.flatMap((depth) => [
    gets(depth),
    puts(depth),
    ...(isShared ? [lent(depth, false), lent(depth, true)] : []),
  ]);
  return {
    contenders,
    close: () => {
      getClient.close();
      putClient.close();
    },
  };
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
