import { type BlockKey, packBlockKeys } from '../core/blockKey.js';
import { KvError } from '../core/errors.js';
import type { Geometry } from '../core/geometry.js';
import { type NamespaceId, rootKeyOf } from '../core/namespace.js';
import type { SequenceId } from '../core/plan.js';
import type { Network, Peer } from '../core/ports/network.js';
import { coordinatorEndpoints, workerEndpoints } from '../rpc/endpoints.js';
import { GrpcNetwork } from '../rpc/grpcNetwork.js';
import { checkProtocol, ownProtocol } from '../rpc/protocolCheck.js';
import type { ClusterDescription, ClusterStatus, WorkerFigures } from './clusterDescription.js';
import { type CallDefaults, CoordinatorCalls, callOptions } from './coordinatorCalls.js';
import { DecodeStream } from './decodeStream.js';
import { clusterFrom, workerFiguresFrom } from './fromWire.js';
import { Sequences } from './sequences.js';

export interface KvClientOptions {
  /** How messages travel; gRPC by default. */
  readonly network?: Network;
  /** Whose KV it is. Default `default`. */
  readonly tenant?: string;
  /** What the names of the tenant's KV are derived from; never sent. Empty by default. */
  readonly tenantSecret?: Uint8Array;
  /** Deadline of every request; streams have none. Default 30,000. */
  readonly timeoutMs?: number;
}

/** What a client has to know about the model before it can name blocks. */
export interface ModelOfCluster {
  readonly namespace: NamespaceId;
  readonly geometry: Geometry;
}

/** The model of a cluster, its workers and this tenant's sequences, over one coordinator. */
export class KvClient {
  readonly sequences: Sequences;
  readonly #network: Network;
  readonly #coordinator: Peer;
  readonly #defaults: CallDefaults;
  readonly #secret: Uint8Array;
  readonly #calls: CoordinatorCalls;
  readonly #peers = new Map<string, Peer>();
  #cluster: ClusterDescription | null = null;

  private constructor(address: string, options: KvClientOptions) {
    this.#network = options.network ?? new GrpcNetwork();
    this.#coordinator = this.#network.dial(address);
    this.#defaults = { tenant: options.tenant ?? 'default', timeoutMs: options.timeoutMs ?? 30_000 };
    this.#secret = options.tenantSecret ?? new Uint8Array(0);
    this.#calls = new CoordinatorCalls(this.#coordinator, this.#defaults);
    this.sequences = new Sequences(
      this.#calls,
      async () => (await this.model()).namespace,
      async () => (await this.describe()).epoch,
    );
  }

  /**
   * Connects to the coordinator at `address` (host:port).
   * @throws KvError `unavailable` when it cannot be reached, `unsupported` when it speaks another protocol.
   */
  static async connect(address: string, options: KvClientOptions = {}): Promise<KvClient> {
    const client = new KvClient(address, options);
    try {
      await client.describe();
      return client;
    } catch (thrown) {
      client.close();
      const error = KvError.from(thrown);
      if (error.kind !== 'unavailable') throw error;
      const message = `no coordinator can be reached at ${address}; start one or check the address`;
      throw new KvError('unavailable', message, { context: { address }, cause: error });
    }
  }

  /** The cluster as it is now. */
  async describe(): Promise<ClusterDescription> {
    const answer = await this.#calls.request(coordinatorEndpoints.describe, { protocol: ownProtocol() });
    checkProtocol(answer.protocol, `the coordinator at ${this.#coordinator.address}`);
    this.#cluster = clusterFrom(answer);
    return this.#cluster;
  }

  /** @throws KvError `unavailable` while a stage has no ready worker. */
  async model(): Promise<ModelOfCluster> {
    const cluster = this.#cluster?.model ? this.#cluster : await this.describe();
    if (cluster.model !== null) return cluster.model;
    throw new KvError('unavailable', `the cluster is not ready: it waits for ${cluster.waitingFor}`);
  }

  /** The parent of every first block of this tenant. */
  async rootKey(): Promise<BlockKey> {
    return rootKeyOf(this.#secret, this.#defaults.tenant, (await this.model()).namespace);
  }

  /** The longest prefix of a chain, in blocks, that the cluster is believed to hold. */
  async lookup(blocks: readonly BlockKey[]): Promise<number> {
    const { namespace } = await this.model();
    const message = { namespace, blocks: packBlockKeys(blocks) };
    return (await this.#calls.request(coordinatorEndpoints.lookup, message)).cachedBlocks;
  }

  /**
   * Keeps the blocks of a chain from being dropped for `ttlMs`; 0 unpins.
   * @returns how many blocks that was.
   */
  async pin(blocks: readonly BlockKey[], ttlMs: number): Promise<number> {
    const { namespace } = await this.model();
    const message = { namespace, blocks: packBlockKeys(blocks), ttlMs };
    return (await this.#calls.request(coordinatorEndpoints.pin, message)).blocks;
  }

  async status(): Promise<ClusterStatus> {
    const answer = await this.#calls.request(coordinatorEndpoints.status, {});
    if (answer.cluster === null) throw new KvError('internal', 'the status carries no cluster');
    const { sequences, pinnedBlocks, indexedBlocks, metricsAddress } = answer;
    return { cluster: clusterFrom(answer.cluster), sequences, pinnedBlocks, indexedBlocks, metricsAddress };
  }

  /** What the worker at `address` says about itself. */
  async workerFigures(address: string): Promise<WorkerFigures> {
    const calls = new CoordinatorCalls(this.#peer(address), this.#defaults);
    return workerFiguresFrom(await calls.request(workerEndpoints.stats, {}));
  }

  /**
   * Opens the decode stream of a sequence to the first stage of its plan.
   * @param blocks the chain of blocks that may be reused.
   */
  async decode(
    sequence: SequenceId,
    blocks: readonly BlockKey[],
    options: DecodeOptions = {},
  ): Promise<DecodeStream> {
    const { namespace } = await this.model();
    const request = {
      plan: this.sequences.state(sequence).plan,
      namespace,
      rootKey: options.rootKey ?? (await this.rootKey()),
      blocks,
      ...(options.stepsAhead === undefined ? {} : { stepsAhead: options.stepsAhead }),
    };
    const signal = options.signal === undefined ? {} : { signal: options.signal };
    return DecodeStream.open((address) => this.#peer(address), request, {
      ...callOptions(this.#defaults),
      ...signal,
    });
  }

  close(): void {
    for (const peer of this.#peers.values()) peer.close();
    this.#peers.clear();
    this.#coordinator.close();
  }

  #peer(address: string): Peer {
    const known = this.#peers.get(address);
    if (known !== undefined) return known;
    const peer = this.#network.dial(address);
    this.#peers.set(address, peer);
    return peer;
  }
}

export interface DecodeOptions {
  /** The parent of the first block; the tenant's by default. */
  readonly rootKey?: BlockKey;
  readonly stepsAhead?: number;
  readonly signal?: AbortSignal;
}
