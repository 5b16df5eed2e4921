import { setTimeout as pause } from 'node:timers/promises';
import { networkOf } from '../../src/cli/networkOf.js';
import type { KvClient } from '../../src/client/kvClient.js';
import { Peers } from '../../src/client/peers.js';
import { type BlockKey, blockKeysOf } from '../../src/core/blockKey.js';
import { KvError } from '../../src/core/errors.js';
import { halfPageBytes } from '../../src/core/geometry.js';
import type { SequenceId, StagePlan } from '../../src/core/plan.js';
import { ShardMap } from '../../src/core/shardMap.js';
import { SeededRandom } from '../../src/decode/seededRandom.js';
import { pageChecksum } from '../../src/transfer/checksum.js';
import type { Lane } from '../../src/transfer/lane.js';
import { laneKinds } from '../../src/transfer/laneKind.js';
import { defaultLaneLimits } from '../../src/transfer/laneLimits.js';
import { openLane } from '../../src/transfer/openLane.js';
import { withDepth } from '../transfer/withDepth.js';
import { SeededPages } from './seededPages.js';

export interface FillOptions {
  readonly tokens: number;
  readonly seed: number;
  readonly signal: AbortSignal;
}

export interface FilledContext {
  readonly sequence: SequenceId;
  readonly keys: readonly BlockKey[];
  readonly tokens: number;
}

/** Pages that are under way to workers at once. */
const depth = 8;
const pauseMsMax = 50;

/**
 * Gives a new sequence a context without computing it: KV of seeded values, whole blocks of seeded tokens,
 * each page with the worker whose shard it belongs to. A decode stream then seeks to the end of the chain.
 * @param options.tokens whole blocks.
 * @throws KvError `exhausted` when a worker has no room for its pages.
 */
export async function fillContext(client: KvClient, options: FillOptions): Promise<FilledContext> {
  const { tokens, seed, signal } = options;
  const { namespace, geometry } = await client.model();
  const random = new SeededRandom(seed);
  const ids = Uint32Array.from({ length: tokens }, () => random.next() & 0xff);
  const keys = blockKeysOf(await client.rootKey(), ids, geometry.blockTokens);
  const { plan } = await client.sequences.create(keys, tokens, { signal });
  const halfBytes = halfPageBytes(geometry);
  const peers = new Peers(networkOf({ insecureNetwork: false }));
  const lanes = new Map<string, Lane>();
  try {
    for (const { address, shards } of plan.stages) {
      for (const worker of [address, ...shards.map((shard) => shard.address)]) {
        const lane = await openLane({
          peer: peers.at(worker),
          namespace,
          name: `fill ${process.pid}`,
          allowed: laneKinds,
          halfBytes,
          call: { tenant: 'default', signal, timeoutMs: 30_000 },
          limits: defaultLaneLimits,
        });
        lanes.set(worker, lane);
      }
    }
    const source = new SeededPages(geometry, seed);
    for (const stage of plan.stages) {
      const layers = stage.layers.to - stage.layers.from;
      await withDepth(depth, keys.length * layers, async (index) => {
        const blockIndex = Math.floor(index / layers);
        const layer = stage.layers.from + (index % layers);
        const view = source.page(blockIndex, layer);
        const page = { id: { block: keys[blockIndex]!, layer }, view, blockIndex };
        const lane = lanes.get(ownerOf(blockIndex, keys.length, stage))!; // opened above
        await put(lane, { ...page, checksum: pageChecksum(view) }, signal);
        source.done(view);
      });
    }
    return { sequence: plan.sequence, keys, tokens };
  } finally {
    for (const lane of lanes.values()) await lane.close();
    peers.close();
  }
}

/** Where a stage's pages of a block are read: with its shard, once the piece that it lies in is whole. */
function ownerOf(block: number, blocks: number, { address, shards }: StagePlan): string {
  const { shard, end } = new ShardMap([address, ...shards.map((one) => one.address)]).pieceOf(block);
  return end > blocks ? address : shard;
}

async function put(lane: Lane, page: Parameters<Lane['put']>[0], signal: AbortSignal): Promise<void> {
  for (;;) {
    const outcome = await lane.put(page, signal);
    if (outcome.kind === 'stored' || outcome.kind === 'present') return;
    if (outcome.kind === 'unavailable') throw outcome.cause;
    if (outcome.kind !== 'throttled')
      throw new KvError('exhausted', `a page of the context was not taken: ${outcome.kind}`);
    await pause(Math.min(pauseMsMax, Math.max(1, outcome.retryAfterMs)), undefined, { signal });
  }
}
