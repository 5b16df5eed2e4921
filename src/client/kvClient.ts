import { type BlockKey, isBlockKey, type Sealing } from '../core/blockKey.js';
import { KvError } from '../core/errors.js';
import type { Geometry } from '../core/geometry.js';
import { KeySeal } from '../core/keySeal.js';
import { type NamespaceId, rootKeyOf } from '../core/namespace.js';
import type { SequenceId, WorkerId } from '../core/plan.js';
import type { Network } from '../core/ports/network.js';
import { coordinatorEndpoints, workerEndpoints } from '../rpc/endpoints.js';
import { GrpcNetwork } from '../rpc/grpcNetwork.js';
import { LeaderPeer } from '../rpc/leaderPeer.js';
import { tenantOfCertificate } from '../rpc/peerIdentity.js';
import type { DialTls } from '../rpc/tlsOptions.js';
import type { LaneFigures } from '../transfer/lane.js';
import { type LaneKind, laneKinds } from '../transfer/laneKind.js';
import type { LanePool } from '../transfer/lanePool.js';
import { Attention } from './attention.js';
import type { Blocks } from './blocks.js';
import type { CallScope } from './callScope.js';
import { type ClientLimits, defaultClientLimits } from './clientLimits.js';
import type { ClusterDescription, ClusterStatus, WorkerFigures } from './clusterDescription.js';
import { ClusterView } from './clusterView.js';
import type { DecodeOptions } from './decodeOptions.js';
import { DecodeStream } from './decodeStream.js';
import { clusterFrom, workerFiguresFrom } from './fromWire.js';
import { makeBlocks } from './makeBlocks.js';
import { type CallDefaults, callOptions, PeerCalls } from './peerCalls.js';
import { Peers } from './peers.js';
import { Sequences } from './sequences.js';
import { systemTiming, type Timing } from './timing.js';
import { workerLanes } from './workerLanes.js';

export type { AttentionMode } from '../core/attentionMode.js';
export type { BlockKey } from '../core/blockKey.js';
export type { ErrorKind } from '../core/errors.js';
export type { Geometry, KvDtype, LayerAttention } from '../core/geometry.js';
export type { LayerRange } from '../core/layerRange.js';
export type { NamespaceId } from '../core/namespace.js';
export type { PageId } from '../core/pageId.js';
export type { PageView } from '../core/pageView.js';
export type { Epoch, Plan, SequenceId, StagePlan, WorkerId } from '../core/plan.js';
export type { CallOptions, Network, Peer } from '../core/ports/network.js';
export type { ShadowFigures } from '../core/shadowFigures.js';
export type { DialTls, Pem } from '../rpc/tlsOptions.js';
export type { LentPage } from '../transfer/lane.js';
export type { LaneKind } from '../transfer/laneKind.js';
export type { WorkersStats } from './allWorkers.js';
export type { AttendRequest, Attention, OpenAttentionOptions } from './attention.js';
export type { AttentionSession } from './attentionSession.js';
export type { Attended, AttendOptions, FilledBlock, KvValues } from './attentionTypes.js';
export type { Batch, ResultOrder } from './batch.js';
export type { Blocks, GetOptions, PageCallOptions, TokensOrKeys } from './blocks.js';
export type { CallScope } from './callScope.js';
export type { ClientLimits } from './clientLimits.js';
export type {
  ClusterDescription,
  ClusterStatus,
  PeerLane,
  TierFigures,
  TierPolicyFigures,
  WorkerDescription,
  WorkerFigures,
} from './clusterDescription.js';
export type { DecodeOptions } from './decodeOptions.js';
export type { DecodeStream } from './decodeStream.js';
export type {
  BlockExplanation,
  ExistsResult,
  FlushResult,
  GetResult,
  LookupResult,
  PageBuffers,
  PageExplanation,
  PageToPut,
  PrefetchResult,
  PutResult,
  RemoveResult,
  UnreachedWorker,
} from './pageResults.js';
export type { PlacingOptions, SequenceState, Sequences } from './sequences.js';
export type { PositionAnswer, StageTrace, StepAnswer, StepWant } from './stepAnswer.js';
export type { Timing } from './timing.js';
export { isBlockKey, KvError };

export interface KvClientOptions {
  /** Whose KV it is. By default that of the certificate in `tls`, else `default`. */
  readonly tenant?: string;
  /** What the names of the tenant's KV are derived from; never sent. Empty by default. */
  readonly tenantSecret?: Uint8Array;
  /** Deadline of every call, its retries included; decode streams have none. Default 30,000. */
  readonly deadlineMs?: number;
  /** The ways that page bytes may take, whatever their order here; the best that a worker offers is used. */
  readonly lanes?: readonly LaneKind[];
  /** What operators see of this client at its lanes. Default `client` and the process id. */
  readonly name?: string;
  /** Bounds that are other than their defaults. */
  readonly limits?: Partial<ClientLimits>;
  /** How connections are encrypted; without it only addresses on loopback are dialled. PEM, as text or bytes. */
  readonly tls?: DialTls;
  /** How messages travel, instead of gRPC with `tls`. */
  readonly network?: Network;
  /** Time and chance, for simulations. */
  readonly timing?: Timing;
}

/** What a client has to know about the model before it can name blocks. */
export interface ModelOfCluster {
  readonly namespace: NamespaceId;
  readonly geometry: Geometry;
}

const defaultDeadlineMs = 30_000;

/** The model of a cluster, its workers, and this tenant's blocks and sequences, over one coordinator. */
export class KvClient {
  /** Pages by the hash of their prefix, for whoever computes KV elsewhere. */
  readonly blocks: Blocks;
  /** Attention over KV of engines with a model of their own. */
  readonly attention: Attention;
  /** Sequences that the cluster computes. */
  readonly sequences: Sequences;
  readonly #defaults: CallDefaults;
  readonly #secret: Uint8Array;
  readonly #seal: KeySeal;
  readonly #calls: PeerCalls;
  readonly #peers: Peers;
  readonly #cluster: ClusterView;
  readonly #lanes: LanePool;

  private constructor(addresses: readonly string[], options: KvClientOptions) {
    this.#defaults = {
      tenant: options.tenant ?? tenantOfCertificate(options.tls?.cert) ?? 'default',
      deadlineMs: options.deadlineMs ?? defaultDeadlineMs,
      limits: { ...defaultClientLimits, ...options.limits },
      timing: options.timing ?? systemTiming,
    };
    this.#secret = options.tenantSecret ?? new Uint8Array(0);
    this.#seal = new KeySeal(this.#secret, this.#defaults.tenant);
    this.#peers = new Peers(options.network ?? networkWith(options.tls));
    const { timing } = this.#defaults;
    const coordinator = new LeaderPeer({ addresses, timing, at: (address) => this.#peers.at(address) });
    this.#calls = new PeerCalls(coordinator, this.#defaults);
    this.#cluster = new ClusterView(coordinator, this.#calls, this.#defaults.limits);
    this.#lanes = workerLanes({
      peers: this.#peers,
      cluster: this.#cluster,
      defaults: this.#defaults,
      allowed: options.lanes ?? laneKinds,
      name: options.name ?? `client ${process.pid}`,
    });
    this.blocks = makeBlocks({
      cluster: this.#cluster,
      calls: this.#calls,
      peers: this.#peers,
      lanes: this.#lanes,
      defaults: this.#defaults,
      rootKey: () => this.rootKey(),
      sealing: () => this.sealing(),
    });
    this.sequences = new Sequences(
      this.#calls,
      async () => (await this.#cluster.model()).namespace,
      async (scope) => (await this.#cluster.describe(scope)).epoch,
    );
    this.attention = new Attention({
      cluster: this.#cluster,
      peers: this.#peers,
      sequences: this.sequences,
      defaults: this.#defaults,
      rootKey: () => this.rootKey(),
      sealing: () => this.sealing(),
    });
  }

  /**
   * Connects to the coordinator at `address` (host:port), or to the one that leads of those at several: a list, or
   * one text with commas between them.
   * @throws KvError `unavailable` when it cannot be reached, `unsupported` when it speaks another protocol,
   * `invalid` when the address is beyond loopback and nothing encrypts what is sent there.
   */
  static async connect(
    address: string | readonly string[],
    options: KvClientOptions = {},
  ): Promise<KvClient> {
    const addresses = typeof address === 'string' ? address.split(',') : address;
    const client = new KvClient(addresses, options);
    try {
      await client.describe();
      return client;
    } catch (thrown) {
      await client.close();
      const error = KvError.from(thrown);
      if (error.kind !== 'unavailable' || error.context.tls === true) throw error;
      const where = addresses.join(',');
      const message = `no coordinator can be reached at ${where}; start one or check the address`;
      throw new KvError('unavailable', message, { context: { address: where }, cause: error });
    }
  }

  /** The cluster as it is now. */
  describe(scope: CallScope = {}): Promise<ClusterDescription> {
    return this.#cluster.describe(scope);
  }

  /** @throws KvError `unavailable` before every stage had a ready worker. */
  model(scope: CallScope = {}): Promise<ModelOfCluster> {
    return this.#cluster.model(scope);
  }

  /** The parent of every first block of this tenant. */
  async rootKey(scope: CallScope = {}): Promise<BlockKey> {
    return rootKeyOf(this.#secret, this.#defaults.tenant, (await this.model(scope)).namespace);
  }

  /** What seals the keys of this tenant's blocks; null where the cluster takes plain ones. */
  async sealing(scope: CallScope = {}): Promise<Sealing | null> {
    return (await this.#cluster.model(scope)).sealedKeys ? this.#seal : null;
  }

  async status(scope: CallScope = {}): Promise<ClusterStatus> {
    const answer = await this.#calls.request(coordinatorEndpoints.status, {}, scope);
    if (answer.cluster === null) throw new KvError('internal', 'the status carries no cluster');
    const { sequences, pinnedBlocks, indexedBlocks, metricsAddress } = answer;
    const admission = {
      waiting: answer.waiting,
      stages: answer.rooms.map(({ budgetBytes, ...stage }) => ({
        ...stage,
        budgetBytes: budgetBytes === 0 ? null : budgetBytes,
      })),
    };
    const counts = { sequences, pinnedBlocks, indexedBlocks, admission };
    return { cluster: clusterFrom(answer.cluster), ...counts, metricsAddress };
  }

  /** What the worker at `address` says about itself. */
  async workerFigures(address: string, scope: CallScope = {}): Promise<WorkerFigures> {
    const calls = new PeerCalls(this.#peers.at(address), this.#defaults);
    return workerFiguresFrom(await calls.request(workerEndpoints.stats, {}, scope));
  }

  /** How pages travel between this client and each worker that it has exchanged some with. */
  async lanes(scope: CallScope = {}): Promise<readonly WorkerLane[]> {
    const lanes = this.#lanes.figures();
    if (lanes.length === 0) return [];
    const { workers } = await this.#cluster.current(scope);
    return lanes.map(({ peer, kind, isOpen, figures }) => ({
      worker: workers.find(({ address }) => address === peer)?.id ?? null,
      address: peer,
      kind,
      isOpen,
      ...figures,
    }));
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
      ...(options.attention === undefined ? {} : { attention: options.attention }),
      ...(options.stepsAhead === undefined ? {} : { stepsAhead: options.stepsAhead }),
    };
    return DecodeStream.open(
      (address) => this.#peers.at(address),
      request,
      callOptions(this.#defaults, options.signal),
    );
  }

  /** Closes every lane and connection; calls under way fail as `cancelled`. */
  async close(): Promise<void> {
    await this.#lanes.close();
    this.#peers.close();
  }
}

/** A lane of this client; pages and bytes are whole pages, counted over all lanes that were open to the worker. */
export interface WorkerLane extends LaneFigures {
  /** Null when the cluster no longer has a worker at that address. */
  readonly worker: WorkerId | null;
  /** host:port of the worker's gRPC server. */
  readonly address: string;
  /** Null before the first lane was open. */
  readonly kind: LaneKind | null;
  readonly isOpen: boolean;
}

function networkWith(tls: DialTls | undefined): Network {
  return new GrpcNetwork({ insecureNetwork: false, ...(tls !== undefined && { tls: { dial: tls } }) });
}
