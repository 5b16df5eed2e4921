import { KvError } from '../core/errors.js';
import type { Peer } from '../core/ports/network.js';
import { coordinatorEndpoints } from '../rpc/endpoints.js';
import { checkProtocol, ownProtocol } from '../rpc/protocolCheck.js';
import { type CallScope, unlessAborted } from './callScope.js';
import type { ClientLimits } from './clientLimits.js';
import type { ClusterDescription, ReadyCluster } from './clusterDescription.js';
import { clusterFrom } from './fromWire.js';
import { LayerRoutes } from './layerRoutes.js';
import type { PeerCalls } from './peerCalls.js';

/** The cluster as this client knows it: kept until somebody finds it old, and then asked for once. */
export class ClusterView {
  readonly #coordinator: Peer;
  readonly #calls: PeerCalls;
  readonly #coordinatorTimeoutMs: number;
  #known: ClusterDescription | null = null;
  #routes: LayerRoutes | null = null;
  #model: ClusterDescription['model'] = null;
  #isOld = false;
  #asking: Promise<ClusterDescription> | null = null;

  constructor(
    coordinator: Peer,
    calls: PeerCalls,
    { coordinatorTimeoutMs }: Pick<ClientLimits, 'coordinatorTimeoutMs'>,
  ) {
    this.#coordinator = coordinator;
    this.#calls = calls;
    this.#coordinatorTimeoutMs = coordinatorTimeoutMs;
  }

  /** Asks the coordinator. */
  async describe(scope: CallScope = {}): Promise<ClusterDescription> {
    const message = { protocol: ownProtocol() };
    const answer = await this.#calls.request(coordinatorEndpoints.describe, message, scope);
    checkProtocol(answer.protocol, `the coordinator at ${this.#coordinator.address}`);
    this.#isOld = false;
    this.#known = clusterFrom(answer);
    this.#model = this.#known.model ?? this.#model;
    return this.#known;
  }

  /**
   * The model, also while its workers are away.
   * @throws KvError `unavailable` before a stage ever had its worker.
   */
  async model(scope: CallScope = {}): Promise<ReadyCluster['model']> {
    return this.#model ?? (await this.current(scope)).model;
  }

  /**
   * What is known, unless it is old.
   * @throws KvError `unavailable` while a stage has no ready worker.
   */
  async current({ signal }: CallScope = {}): Promise<ReadyCluster> {
    const known = this.#known;
    if (known !== null && isReady(known) && !this.#isOld) return known;
    const cluster = await unlessAborted(this.#askOnce(), signal).catch((thrown: unknown) => {
      // Pages can travel while the coordinator is away. Who gave up by its own signal is told so.
      if (known === null || !isReady(known) || signal?.aborted) throw thrown;
      const { kind } = KvError.from(thrown);
      if (kind !== 'unavailable' && kind !== 'timedOut') throw thrown;
      // One that hangs is not waited for again before something else goes wrong.
      if (kind === 'timedOut' && this.#known === known) this.#isOld = false;
      return known;
    });
    if (isReady(cluster)) return cluster;
    throw new KvError('unavailable', `the cluster is not ready: it waits for ${cluster.waitingFor}`);
  }

  /** @throws as `current`. */
  async routes(scope: CallScope = {}): Promise<LayerRoutes> {
    const cluster = await this.current(scope);
    if (this.#routes?.cluster !== cluster) this.#routes = new LayerRoutes(cluster);
    return this.#routes;
  }

  /** Something did not go as `seen` promised: the next `current` asks, unless somebody has asked since. */
  distrust(seen: ClusterDescription): void {
    if (this.#known === seen) this.#isOld = true;
  }

  /** The coordinator named its epoch: what is known of another one is old. */
  noteEpoch(epoch: number): void {
    if (this.#known !== null && this.#known.epoch !== epoch) this.#isOld = true;
  }

  /** Without anybody's signal: several wait for it. */
  #askOnce(): Promise<ClusterDescription> {
    const known = this.#known;
    // Where there is nothing to fall back to, the client's own deadline holds.
    const scope = known !== null && isReady(known) ? { deadlineMs: this.#coordinatorTimeoutMs } : {};
    this.#asking ??= this.describe(scope).finally(() => {
      this.#asking = null;
    });
    return this.#asking;
  }
}

function isReady(cluster: ClusterDescription): cluster is ReadyCluster {
  return cluster.model !== null;
}
