import type { Blocks } from '../../src/client/blocks.js';
import type { ClientLimits } from '../../src/client/clientLimits.js';
import { defaultClientLimits } from '../../src/client/clientLimits.js';
import { ClusterView } from '../../src/client/clusterView.js';
import { makeBlocks } from '../../src/client/makeBlocks.js';
import type { Lanes } from '../../src/client/pageExchange.js';
import { PeerCalls } from '../../src/client/peerCalls.js';
import { Peers } from '../../src/client/peers.js';
import { blockKeyFromBytes, unpackBlockKeys } from '../../src/core/blockKey.js';
import { KvError } from '../../src/core/errors.js';
import { type Geometry, halfPageBytes } from '../../src/core/geometry.js';
import type { NamespaceId } from '../../src/core/namespace.js';
import { pageName } from '../../src/core/pageId.js';
import type { CallOptions, Message, Peer, RequestEndpoint } from '../../src/core/ports/network.js';
import { geometryMessage } from '../../src/rpc/geometryMessage.js';
import { ownProtocol } from '../../src/rpc/protocolCheck.js';
import { SimulatedClock } from '../../src/simulate/simulatedClock.js';
import { FakeLane, FakeStoreWorker } from './fakeStoreWorker.js';

export const geometry: Geometry = {
  layers: Array.from({ length: 4 }, () => ({ kind: 'full', rope: true }) as const),
  kvHeads: 1,
  headDim: 8,
  dtype: 'f16',
  blockTokens: 16,
  layoutVersion: 1,
};
export const halfBytes = halfPageBytes(geometry);
const namespace = '5a'.repeat(32) as NamespaceId;
const rootKey = blockKeyFromBytes(new Uint8Array(32).fill(7));

/** A cluster of page stores without processes or sockets: messages as the wire has them, lanes as the port has. */
export class FakeStore {
  readonly clock = new SimulatedClock();
  readonly workers: FakeStoreWorker[];
  readonly requests: { readonly to: string; readonly name: string; readonly message: unknown }[] = [];
  epoch = 1;
  isCoordinatorDown = false;
  /** Takes requests and answers none. */
  isCoordinatorHung = false;
  readonly blocks: Blocks;
  readonly cluster: ClusterView;

  constructor(stages: readonly (readonly string[])[], limits: Partial<ClientLimits> = {}) {
    const perStage = geometry.layers.length / stages.length;
    this.workers = stages.flatMap((ids, stage) =>
      ids.map(
        (id) => new FakeStoreWorker(id, `${id}:1`, { from: stage * perStage, to: (stage + 1) * perStage }),
      ),
    );
    const { clock } = this;
    const timing = {
      monotonicMs: () => clock.monotonicMs(),
      setTimer: (delayMs: number, fire: () => void) => clock.setTimer(delayMs, fire),
      fraction: () => 0,
    };
    const defaults = {
      tenant: 'alice',
      deadlineMs: 10_000,
      limits: { ...defaultClientLimits, ...limits },
      timing,
    };
    const peers = new Peers({
      dial: (address) => this.#peer(address),
      serve: () => Promise.reject(new Error('nothing is served')),
    });
    const coordinator = peers.at('coordinator');
    const calls = new PeerCalls(coordinator, defaults);
    this.cluster = new ClusterView(coordinator, calls, defaults.limits);
    const lanes = this.#lanes();
    this.blocks = makeBlocks({
      cluster: this.cluster,
      calls,
      peers,
      lanes,
      defaults,
      rootKey: async () => rootKey,
      sealing: async () => null,
    });
  }

  worker(id: string): FakeStoreWorker {
    const found = this.workers.find((worker) => worker.id === id);
    if (found === undefined) throw new Error(`no worker ${id}`);
    return found;
  }

  /** How often an RPC was called. */
  count(name: string): number {
    return this.requests.filter((request) => request.name === name).length;
  }

  #peer(address: string): Peer {
    return {
      address,
      request: async <Q extends Message, R extends Message>(
        { name }: RequestEndpoint<Q, R>,
        message: Q['write'],
        { signal, timeoutMs = 0 }: CallOptions = {},
      ): Promise<R['read']> => {
        signal?.throwIfAborted();
        this.requests.push({ to: address, name, message });
        const worker = this.workers.find((one) => one.address === address);
        if (worker === undefined ? this.isCoordinatorDown : worker.isDown) {
          throw new KvError('unavailable', `${address} cannot be reached`);
        }
        if (worker === undefined && this.isCoordinatorHung) {
          await new Promise<void>((resolve) => this.clock.setTimer(timeoutMs, resolve));
          throw new KvError('timedOut', `${address} did not answer within ${timeoutMs} ms`);
        }
        return worker === undefined
          ? this.#coordinate(name, message as { blocks: Buffer })
          : this.#serve(worker, name, message as { blocks: Buffer; pages: PageMessage[] });
      },
      stream: () => {
        throw new Error('no streams here');
      },
      close: () => {},
    };
  }

  #coordinate(name: string, { blocks }: { blocks: Buffer }): unknown {
    if (name === 'Describe') {
      const workers = this.workers.map(({ id, address, layers, state }) => ({
        worker: id,
        address,
        pid: 1,
        layers,
        stage: 0,
        state,
        pages: 0,
        budgetBytes: null,
        metricsAddress: '',
      }));
      const wire = geometryMessage(geometry);
      return { protocol: ownProtocol(), ready: true, namespace, geometry: wire, epoch: this.epoch, workers };
    }
    const keys = unpackBlockKeys(blocks);
    if (name === 'Lookup') {
      const held = (from: number, to: number) =>
        keys.findIndex((block) => !this.workers.some((worker) => layersOf(worker, block, from, to)));
      const prefix = (from: number, to: number) => (held(from, to) === -1 ? keys.length : held(from, to));
      const ranges = [...new Map(this.workers.map(({ layers }) => [layers.from, layers])).values()];
      const stages = ranges.map((layers) => ({ layers, cachedBlocks: prefix(layers.from, layers.to) }));
      return { cachedBlocks: Math.min(...stages.map((one) => one.cachedBlocks)), epoch: this.epoch, stages };
    }
    if (name === 'Locate') {
      const places = (block: string) =>
        this.workers
          .map(({ id, pages }) => ({
            worker: id,
            pages: [...pages.values()].filter((page) => page.id.block === block).length,
          }))
          .filter(({ pages }) => pages > 0);
      return { epoch: this.epoch, blocks: keys.map((block) => ({ places: places(block) })) };
    }
    if (name === 'Pin') return { blocks: keys.length };
    throw new KvError('unsupported', `no ${name} here`);
  }

  #serve(worker: FakeStoreWorker, name: string, message: { blocks: Buffer; pages: PageMessage[] }): unknown {
    const named = () => new Set<string>(unpackBlockKeys(message.blocks));
    const held = () => [...worker.pages.values()].filter(({ id }) => named().has(id.block));
    switch (name) {
      case 'HasPages':
        return {
          has: message.pages.map(({ block, layer }) =>
            worker.pages.has(pageName({ block: blockKeyFromBytes(block), layer })),
          ),
        };
      case 'RemoveBlocks': {
        const gone = held();
        for (const { id } of gone) worker.pages.delete(pageName(id));
        return { removedPages: gone.length, heldPages: 0 };
      }
      case 'PrefetchBlocks':
        return { raisedPages: held().length, herePages: 0, missingPages: 7, refusedPages: 0 };
      case 'Flush':
        return { unflushedPages: worker.unflushedPages };
      case 'Explain':
        return {
          pages: [
            { layer: worker.layers.from, tiers: ['disk'], live: false, events: [{ atMs: 5, text: 'came' }] },
          ],
        };
      default:
        throw new KvError('unsupported', `no ${name} here`);
    }
  }

  #lanes(): Lanes {
    return {
      use: async (address) => {
        const worker = this.workers.find((one) => one.address === address);
        if (worker === undefined || worker.isDown) {
          return { kind: 'unavailable', cause: new KvError('unavailable', `${address} is gone`) };
        }
        return { kind: 'open', lane: new FakeLane(worker) };
      },
    };
  }
}

interface PageMessage {
  readonly block: Buffer;
  readonly layer: number;
}

function layersOf(worker: FakeStoreWorker, block: string, from: number, to: number): boolean {
  const layers = [...worker.pages.values()].filter(({ id }) => id.block === block).map(({ id }) => id.layer);
  return layers.filter((layer) => layer >= from && layer < to).length === to - from;
}
