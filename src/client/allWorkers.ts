import { type BlockKey, packBlockKeys } from '../core/blockKey.js';
import { KvError } from '../core/errors.js';
import { layerCount } from '../core/layerRange.js';
import type { NamespaceId } from '../core/namespace.js';
import { workerEndpoints } from '../rpc/endpoints.js';
import type { CallScope } from './callScope.js';
import type { WorkerDescription, WorkerFigures } from './clusterDescription.js';
import type { ClusterView } from './clusterView.js';
import { workerFiguresFrom } from './fromWire.js';
import type {
  BlockExplanation,
  FlushResult,
  PrefetchResult,
  RemoveResult,
  UnreachedWorker,
} from './pageResults.js';
import { type CallDefaults, PeerCalls } from './peerCalls.js';
import type { Peers } from './peers.js';

interface Asked<T> {
  readonly answers: readonly { readonly worker: WorkerDescription; readonly answer: T }[];
  readonly unreached: readonly UnreachedWorker[];
}

/** Calls that go to every ready worker. */
export class AllWorkers {
  readonly #cluster: ClusterView;
  readonly #peers: Peers;
  readonly #defaults: CallDefaults;

  constructor(cluster: ClusterView, peers: Peers, defaults: CallDefaults) {
    this.#cluster = cluster;
    this.#peers = peers;
    this.#defaults = defaults;
  }

  async remove(keys: readonly BlockKey[], scope: CallScope): Promise<RemoveResult> {
    let removedPages = 0;
    let heldPages = 0;
    const unreached = await this.#eachPart(keys, scope, async (calls, message) => {
      // Once: a repeat would not count what the first has removed.
      const answer = await calls.request(workerEndpoints.removeBlocks, message, scope);
      removedPages += answer.removedPages;
      heldPages += answer.heldPages;
    });
    return { removedPages, heldPages, unreached };
  }

  async prefetch(keys: readonly BlockKey[], scope: CallScope): Promise<PrefetchResult> {
    const sum = { raisedPages: 0, herePages: 0, refusedPages: 0 };
    /** By first layer: pages that no worker of the layers has said to have. */
    const missing = new Map<number, number>();
    const unreached = await this.#eachPart(keys, scope, async (calls, message, { layers }) => {
      const answer = await calls.retried(workerEndpoints.prefetchBlocks, message, scope);
      sum.raisedPages += answer.raisedPages;
      sum.herePages += answer.herePages;
      sum.refusedPages += answer.refusedPages;
      const found = answer.raisedPages + answer.herePages + answer.refusedPages;
      const before = missing.get(layers.from) ?? keys.length * layerCount(layers);
      missing.set(layers.from, before - found);
    });
    const missingPages = [...missing.values()].reduce((all, pages) => all + Math.max(0, pages), 0);
    return { ...sum, missingPages, unreached };
  }

  async flush(scope: CallScope): Promise<FlushResult> {
    const away = await this.#away(scope);
    const asked = await this.#ask(scope, (calls) => calls.retried(workerEndpoints.flush, {}, scope));
    const named = new Set(asked.unreached.map(({ worker }) => worker));
    const unreached = [...asked.unreached, ...away.filter(({ worker }) => !named.has(worker))];
    const unflushedPages = asked.answers.reduce((sum, { answer }) => sum + answer.unflushedPages, 0);
    const isAll = unreached.length === 0 && unflushedPages === 0;
    return isAll ? { kind: 'flushed' } : { kind: 'partly', unflushedPages, unreached };
  }

  async stats(scope: CallScope): Promise<WorkersStats> {
    const { answers, unreached } = await this.#ask(scope, (calls) =>
      calls.retried(workerEndpoints.stats, {}, scope),
    );
    return { workers: answers.map(({ answer }) => workerFiguresFrom(answer)), unreached };
  }

  async explain(block: BlockKey, scope: CallScope): Promise<BlockExplanation> {
    const { answers, unreached } = await this.#ask(scope, (calls, namespace) =>
      calls.retried(workerEndpoints.explain, { namespace, block: packBlockKeys([block]) }, scope),
    );
    const workers = answers.map(({ worker: { id, layers }, answer }) => ({
      worker: id,
      layers,
      pages: answer.pages.map(({ layer, tiers, live, events }) => ({ layer, tiers, live, events })),
    }));
    return { workers, unreached };
  }

  /** `ask` for each part of the keys that fits a request; who fails one part is not asked the next. */
  async #eachPart(
    keys: readonly BlockKey[],
    scope: CallScope,
    ask: (
      calls: PeerCalls,
      message: { namespace: NamespaceId; blocks: Buffer },
      worker: WorkerDescription,
    ) => Promise<void>,
  ): Promise<readonly UnreachedWorker[]> {
    const { keysPerRequest } = this.#defaults.limits;
    const { unreached } = await this.#ask(scope, async (calls, namespace, worker) => {
      for (let from = 0; from < keys.length; from += keysPerRequest) {
        const blocks = packBlockKeys(keys.slice(from, from + keysPerRequest));
        await ask(calls, { namespace, blocks }, worker);
      }
    });
    return unreached;
  }

  /** Workers that take no calls now: they may hold what they took while they were ready. */
  async #away(scope: CallScope): Promise<readonly UnreachedWorker[]> {
    const isReady = ({ state }: WorkerDescription) => state === 'ready';
    const { cluster } = await this.#cluster.routes(scope);
    if (cluster.workers.every(isReady)) return [];
    this.#cluster.distrust(cluster); // they may be back by now
    const { cluster: now } = await this.#cluster.routes(scope);
    return now.workers
      .filter((worker) => !isReady(worker))
      .map(({ id, state }) => ({
        worker: id,
        cause: new KvError('unavailable', `worker "${id}" is ${state}`, { context: { worker: id } }),
      }));
  }

  /** @throws KvError `cancelled` of the signal, and whatever is no worker's silence. */
  async #ask<T>(
    scope: CallScope,
    ask: (calls: PeerCalls, namespace: NamespaceId, worker: WorkerDescription) => Promise<T>,
  ): Promise<Asked<T>> {
    const routes = await this.#cluster.routes(scope);
    const answers: { worker: WorkerDescription; answer: T }[] = [];
    const unreached: UnreachedWorker[] = [];
    await Promise.all(
      routes.ready.map(async (worker) => {
        const calls = new PeerCalls(this.#peers.at(worker.address), this.#defaults);
        try {
          answers.push({ worker, answer: await ask(calls, routes.cluster.model.namespace, worker) });
        } catch (thrown) {
          const cause = KvError.from(thrown);
          if (scope.signal?.aborted || !isSilence(cause)) throw cause;
          this.#cluster.distrust(routes.cluster);
          unreached.push({ worker: worker.id, cause });
        }
      }),
    );
    answers.sort((a, b) => a.worker.layers.from - b.worker.layers.from);
    return { answers, unreached };
  }
}

const isSilence = ({ kind }: KvError): boolean =>
  kind === 'unavailable' || kind === 'timedOut' || kind === 'exhausted';

/** What the workers say of themselves. */
export interface WorkersStats {
  /** By their layers. */
  readonly workers: readonly WorkerFigures[];
  readonly unreached: readonly UnreachedWorker[];
}
