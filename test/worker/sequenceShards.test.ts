import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type BlockKey, blockKeysOf } from '../../src/core/blockKey.js';
import type { Geometry } from '../../src/core/geometry.js';
import type { NamespaceId } from '../../src/core/namespace.js';
import { workerId } from '../../src/core/plan.js';
import { type NetworkServer, onStream, type Peer } from '../../src/core/ports/network.js';
import type { Queries } from '../../src/device/attentionKernel.js';
import { workerEndpoints } from '../../src/rpc/endpoints.js';
import { GrpcNetwork } from '../../src/rpc/grpcNetwork.js';
import { PageNaming } from '../../src/worker/pageNaming.js';
import { SequenceShards } from '../../src/worker/sequenceShards.js';
import { ShardCall } from '../../src/worker/shardCall.js';
import { ShardPeer } from '../../src/worker/shardPeer.js';
import { ShardRole } from '../../src/worker/shardRole.js';
import type { AttendRequest } from '../../src/worker/stepRunner.js';

const namespace = 'a'.repeat(64) as NamespaceId;
const range = { from: 0, to: 2 };
const geometry: Geometry = {
  layers: [
    { kind: 'full', rope: true },
    { kind: 'full', rope: true },
  ],
  kvHeads: 1,
  headDim: 2,
  dtype: 'f32',
  blockTokens: 4,
  layoutVersion: 1,
};
const blocks = 70;
const root = '00'.repeat(32) as BlockKey;
const chain = blockKeysOf(
  root,
  Array.from({ length: 4 * blocks }, (_, token) => token),
  4,
);
const longChain = blockKeysOf(
  root,
  Array.from({ length: 4 * 128 }, (_, token) => token),
  4,
);
const queries: Queries = {
  values: new Float32Array(4),
  rows: 2,
  position: 4 * blocks,
  tokens: 1,
  window: null,
};

const servers: NetworkServer[] = [];
const dialled: Peer[] = [];
let calls: AbortController;

beforeEach(() => {
  calls = new AbortController();
});
afterEach(async () => {
  calls.abort();
  for (const peer of dialled.splice(0)) peer.close();
  for (const server of servers.splice(0)) await server.close(0);
});

interface Other {
  /** What it fetched, by index in the chain. */
  readonly fetched: Set<BlockKey>;
  readonly held: Set<string>;
  readonly attended: number[][];
  readonly peer: ShardPeer;
  readonly role: ShardRole;
  /** From now on it ends every attention like this. */
  fail: Error | null;
}

/** A real peer over gRPC; its tiers and its kernel are stubs that remember what they were asked. */
async function otherShard(name: string): Promise<Other> {
  const network = new GrpcNetwork();
  const fetched = new Set<BlockKey>();
  const held = new Set<string>();
  const attended: number[][] = [];
  const state = { fail: null as Error | null };
  const stack = {
    hold({ block, layer }: { block: BlockKey; layer: number }) {
      if (!fetched.has(block)) return { kind: 'missing' };
      held.add(`${block} ${layer}`);
      return { kind: 'held', handle: `${block} ${layer}` };
    },
    letGo: (handle: string) => held.delete(handle),
  };
  const runner = {
    async attend(_lane: string, { pages }: AttendRequest) {
      if (state.fail !== null) throw state.fail;
      attended.push(pages.map(({ block }) => block));
      const nodes = [
        {
          level: 0,
          index: 5,
          o: Float32Array.of(1, 2, 3, 4),
          lse: Float32Array.of(-1, Number.NEGATIVE_INFINITY),
        },
      ];
      return nodes;
    },
  };
  const role = new ShardRole();
  const parts = { geometry, naming: new PageNaming(namespace, range), stack, runner, role };
  const exclusively = <T>(turn: () => Promise<T>): Promise<T> => turn();
  const inLane = <T>(_lane: string, work: () => Promise<T>): Promise<T> => work();
  const server = await network.serve('127.0.0.1:0', [
    onStream(workerEndpoints.attend, (stream, call) =>
      new ShardCall({ ...parts, exclusively, inLane } as never, stream, call).run(),
    ),
    onStream(workerEndpoints.copyBlocks, async (stream) => {
      for await (const message of stream) {
        for (const key of parts.naming.blocksOf(message.namespace, message.blocks)) fetched.add(key);
      }
      await stream.send({ done: true });
    }),
  ]);
  const connection = network.dial(server.address);
  servers.push(server);
  dialled.push(connection);
  const call = { tenant: 't', requestId: 'r', peer: 'test', signal: calls.signal };
  const peer = new ShardPeer({
    peer: connection,
    worker: workerId(name),
    namespace,
    layers: range,
    kvHeads: 1,
    headDim: 2,
    call,
    lead: { worker: 'lead', address: '127.0.0.1:1' },
  });
  return {
    fetched,
    held,
    attended,
    peer,
    role,
    get fail() {
      return state.fail;
    },
    set fail(error: Error | null) {
      state.fail = error;
    },
  };
}

/** Steps until nothing more is handed over. */
async function handOverAll(shards: SequenceShards): Promise<number> {
  let pieces = 0;
  for (let idle = 0; idle < 20; idle += 1) {
    if ((await shards.handOver(chain, blocks)) !== null) {
      pieces += 1;
      idle = 0;
    }
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  return pieces;
}

describe('SequenceShards', () => {
  it('hands pieces over one by one, and asks for what is kept alone', async () => {
    const other = await otherShard('w1');
    const shards = new SequenceShards([other.peer], new ShardRole());
    expect(await handOverAll(shards)).toBe(8);
    expect(shards.kept(blocks).reduce((sum, { first, end }) => sum + end - first, 0)).toBe(16);
    const nodes = await shards.attend(1, queries);
    expect(nodes).toEqual([
      {
        level: 0,
        index: 5,
        o: Float32Array.of(1, 2, 3, 4),
        lse: Float32Array.of(-1, Number.NEGATIVE_INFINITY),
      },
    ]);
    const kept = shards
      .kept(blocks)
      .flatMap(({ first, end }) => Array.from({ length: end - first }, (_, at) => first + at));
    expect(other.attended).toEqual([kept]);
    expect(other.held.size).toBe(2 * kept.length);
    shards.close();
  });

  it('goes back: what reaches beyond is let go, and offered again where it is still there', async () => {
    const other = await otherShard('w1');
    const shards = new SequenceShards([other.peer], new ShardRole());
    await handOverAll(shards);
    const [first, second] = shards.kept(blocks);
    shards.cut(second!.end - 1);
    expect(shards.kept(blocks)).toEqual([first]);
    await shards.offer(chain, blocks);
    expect(shards.kept(blocks)).toHaveLength(8);
    expect(other.held.size).toBe(32);
    other.fetched.clear();
    shards.cut(0);
    await shards.offer(chain, blocks);
    expect(shards.kept(blocks)).toEqual([]);
    shards.close();
  });

  it('names the worker that is gone', async () => {
    const other = await otherShard('w1');
    const shards = new SequenceShards([other.peer], new ShardRole());
    await handOverAll(shards);
    other.fail = new Error('the kernel broke');
    await expect(shards.attend(0, queries)).rejects.toMatchObject({
      message: expect.stringMatching(/^worker w1 at 127\.0\.0\.1:\d+, which keeps pages of this sequence: /),
      context: expect.objectContaining({ worker: 'w1' }),
    });
    await expect(shards.attend(0, queries)).rejects.toThrow(/worker w1/);
    shards.close();
  });

  it('is not kept for by a worker that leads itself, and does not lead while it keeps for others', async () => {
    const other = await otherShard('w1');
    const endLead = other.role.lead();
    const shards = new SequenceShards([other.peer], new ShardRole());
    expect(await handOverAll(shards)).toBe(0);
    expect(other.fetched.size).toBeGreaterThan(0);
    endLead?.();
    await shards.offer(chain, blocks);
    expect(shards.kept(blocks)).toHaveLength(1);
    shards.close();

    const keeping = new ShardRole();
    keeping.keep();
    const second = new SequenceShards([other.peer], keeping);
    await second.offer(chain, blocks);
    expect(second.kept(blocks)).toEqual([]);
  });

  it('passes over a peer that does not take a piece, so that another gets its own', async () => {
    const [full, roomy] = [await otherShard('w1'), await otherShard('w2')];
    full.role.lead(); // it says no
    const shards = new SequenceShards([full.peer, roomy.peer], new ShardRole());
    // Three shards: blocks 64 to 127 lie in chunks of 16, with shard 0 first.
    for (let step = 0; step < 30; step += 1) {
      await shards.handOver(longChain, 128);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    expect(full.held.size).toBe(0);
    expect(roomy.held.size).toBeGreaterThan(0);
    shards.close();
  });

  it('lets everything go when the sequence ends', async () => {
    const other = await otherShard('w1');
    const shards = new SequenceShards([other.peer], new ShardRole());
    await handOverAll(shards);
    expect(other.held.size).toBe(32);
    shards.close();
    while (other.held.size > 0) await new Promise((resolve) => setTimeout(resolve, 5));
  });
});
