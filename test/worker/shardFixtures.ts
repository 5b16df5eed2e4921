import { afterEach, beforeEach } from 'vitest';
import { type BlockKey, blockKeysOf } from '../../src/core/blockKey.js';
import type { BlockSpan } from '../../src/core/blockSpan.js';
import type { Geometry } from '../../src/core/geometry.js';
import { unidentified } from '../../src/core/identity.js';
import type { NamespaceId } from '../../src/core/namespace.js';
import { type ShardPlan, workerId } from '../../src/core/plan.js';
import { type NetworkServer, onStream, type Peer } from '../../src/core/ports/network.js';
import type { Queries } from '../../src/device/attentionKernel.js';
import { workerEndpoints } from '../../src/rpc/endpoints.js';
import { GrpcNetwork } from '../../src/rpc/grpcNetwork.js';
import type { AttendRequest } from '../../src/worker/attendRequest.js';
import { PageNaming } from '../../src/worker/pageNaming.js';
import { type OwnPages, SequenceShards, type ShardList } from '../../src/worker/sequenceShards.js';
import { ShardCall } from '../../src/worker/shardCall.js';
import type { ShardMove } from '../../src/worker/shardMoves.js';
import { ShardPeer } from '../../src/worker/shardPeer.js';
import { ShardRole } from '../../src/worker/shardRole.js';

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
export const blocks = 70;
const root = '00'.repeat(32) as BlockKey;
const shortChain = blockKeysOf(
  root,
  Array.from({ length: 4 * blocks }, (_, token) => token),
  4,
);
export const longChain = blockKeysOf(
  root,
  Array.from({ length: 4 * 128 }, (_, token) => token),
  4,
);
export const queries: Queries = {
  values: new Float32Array(4),
  rows: 2,
  position: 4 * 128,
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

export interface Other {
  readonly plan: ShardPlan;
  /** Whether it fetches what it is asked to. */
  hasRoom: boolean;
  /** What it fetched, and from whom. */
  readonly fetched: Set<BlockKey>;
  readonly sources: Set<string>;
  readonly held: Set<string>;
  readonly attended: number[][];
  readonly server: NetworkServer;
  readonly role: ShardRole;
  /** From now on it ends every attention like this. */
  fail: Error | null;
}

/** A real peer over gRPC; its tiers and its kernel are stubs that remember what they were asked. */
export async function otherShard(name: string): Promise<Other> {
  const network = new GrpcNetwork();
  const fetched = new Set<BlockKey>();
  const held = new Set<string>();
  const attended: number[][] = [];
  const sources = new Set<string>();
  const state = { fail: null as Error | null, hasRoom: true };
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
  const naming = new PageNaming(namespace, range);
  const parts = { geometry, naming, stack, runner, role, attended: () => {} };
  const exclusively = <T>(turn: () => Promise<T>): Promise<T> => turn();
  const inLane = <T>(_lane: string, work: () => Promise<T>): Promise<T> => work();
  const server = await network.serve('127.0.0.1:0', [
    onStream(workerEndpoints.attend, (stream, call) =>
      new ShardCall({ ...parts, exclusively, inLane } as never, stream, call).run(),
    ),
    onStream(workerEndpoints.copyBlocks, async (stream) => {
      for await (const message of stream) {
        sources.add(message.source);
        if (!state.hasRoom) continue;
        for (const key of naming.blocksOf(message.namespace, message.blocks)) fetched.add(key);
      }
      await stream.send({ done: true });
    }),
  ]);
  servers.push(server);
  return {
    plan: { worker: workerId(name), address: server.address },
    fetched,
    sources,
    held,
    attended,
    server,
    role,
    get hasRoom() {
      return state.hasRoom;
    },
    set hasRoom(hasRoom: boolean) {
      state.hasRoom = hasRoom;
    },
    get fail() {
      return state.fail;
    },
    set fail(error: Error | null) {
      state.fail = error;
    },
  };
}

/** The lead of a sequence; its own pages are a set of blocks, and what it fetches arrives. */
export class Lead implements OwnPages {
  readonly shards: SequenceShards;
  list: ShardList;
  /** Blocks that it reads itself, of those given or taken. */
  readonly given = new Set<number>();
  hasRoom = true;
  readonly #fetched = new Set<BlockKey>();

  constructor(others: readonly Other[], role = new ShardRole()) {
    const call = { identity: unidentified, tenant: 't', requestId: 'r', peer: 'test', signal: calls.signal };
    this.list = { shards: others.map(({ plan }) => plan), drained: [] };
    this.shards = new SequenceShards({
      lead: { worker: 'lead', address: '127.0.0.1:1' },
      shards: () => this.list,
      peerOf: ({ worker, address }) => {
        const peer = new GrpcNetwork().dial(address);
        dialled.push(peer);
        return new ShardPeer({ peer, worker, namespace, layers: range, kvHeads: 1, headDim: 2, call });
      },
      fetchHome: async (keys) => {
        if (this.hasRoom) for (const key of keys) this.#fetched.add(key);
      },
      role,
    });
  }

  async give({ first, end }: BlockSpan): Promise<void> {
    for (let block = first; block < end; block += 1) this.given.add(block);
  }

  async take({ first, end }: BlockSpan): Promise<boolean> {
    if (!this.isHere({ first, end })) return false;
    for (let block = first; block < end; block += 1) this.given.delete(block);
    return true;
  }

  isHere({ first, end }: BlockSpan): boolean {
    return longChain.slice(first, end).every((key) => this.#fetched.has(key));
  }

  /** Steps until nothing changes hands any more; a fetch is waited for before each. */
  async settle(chain: readonly BlockKey[] = shortChain): Promise<ShardMove[]> {
    const moves: ShardMove[] = [];
    for (let idle = 0; idle < 4; idle += 1) {
      await this.shards.fetching;
      const move = await this.shards.handOver(chain, chain.length, this);
      if (move === null) continue;
      moves.push(move);
      idle = -1;
    }
    return moves;
  }

  offer(chain: readonly BlockKey[] = shortChain): Promise<void> {
    return this.shards.offer(chain, chain.length, (span) => this.isHere(span));
  }
}

/** Blocks that a worker holds in layer 0, by their place in the long chain. */
export function blocksOf({ held }: Other): number[] {
  return longChain.flatMap((key, block) => (held.has(`${key} 0`) ? [block] : []));
}
