import { blockKeyToBytes } from '../core/blockKey.js';
import { KvError } from '../core/errors.js';
import type { NamespaceId } from '../core/namespace.js';
import type { PageId } from '../core/pageId.js';
import { workerEndpoints } from '../rpc/endpoints.js';
import type { CallScope } from './callScope.js';
import type { WorkerDescription } from './clusterDescription.js';
import type { ClusterView } from './clusterView.js';
import type { LayerRoutes } from './layerRoutes.js';
import type { ExistsResult } from './pageResults.js';
import { type CallDefaults, PeerCalls } from './peerCalls.js';
import type { Peers } from './peers.js';

/** Which pages are there: one request a worker and so many pages, and no bytes of theirs. */
export class PageQueries {
  readonly #cluster: ClusterView;
  readonly #peers: Peers;
  readonly #defaults: CallDefaults;

  constructor(cluster: ClusterView, peers: Peers, defaults: CallDefaults) {
    this.#cluster = cluster;
    this.#peers = peers;
    this.#defaults = defaults;
  }

  /** In the order of the pages. */
  async exists(pages: readonly PageId[], scope: CallScope): Promise<ExistsResult[]> {
    const routes = await this.#cluster.routes(scope);
    const found = new Array<boolean>(pages.length).fill(false);
    const causes = new Array<KvError | undefined>(pages.length).fill(undefined);
    pages.forEach(({ layer }, at) => {
      if (routes.workersOf(layer).length > 0) return;
      causes[at] = new KvError('unavailable', `no ready worker has layer ${layer}`, { context: { layer } });
    });
    await Promise.all(
      routes.ready.map((worker) => this.#askWorker(routes, worker, pages, scope, found, causes)),
    );
    return pages.map((page, at) => {
      if (found[at]) return { kind: 'present', page };
      const cause = causes[at];
      return cause === undefined ? { kind: 'absent', page } : { kind: 'unavailable', page, cause };
    });
  }

  async #askWorker(
    routes: LayerRoutes,
    { address, layers }: WorkerDescription,
    pages: readonly PageId[],
    scope: CallScope,
    found: boolean[],
    causes: (KvError | undefined)[],
  ): Promise<void> {
    const { keysPerRequest } = this.#defaults.limits;
    const calls = new PeerCalls(this.#peers.at(address), this.#defaults);
    const { namespace } = routes.cluster.model;
    const served = pages.flatMap(({ layer }, at) => (layers.from <= layer && layer < layers.to ? [at] : []));
    for (let from = 0; from < served.length; from += keysPerRequest) {
      const part = served.slice(from, from + keysPerRequest);
      try {
        const has = await this.#ask(
          calls,
          namespace,
          part.map((at) => pages[at]!),
          scope,
        );
        part.forEach((at, index) => {
          if (has[index]) found[at] = true;
        });
      } catch (thrown) {
        const cause = KvError.from(thrown);
        if (scope.signal?.aborted || cause.kind === 'invalid') throw cause;
        this.#cluster.distrust(routes.cluster);
        for (const at of served.slice(from)) causes[at] = cause;
        return;
      }
    }
  }

  async #ask(
    calls: PeerCalls,
    namespace: NamespaceId,
    pages: readonly PageId[],
    scope: CallScope,
  ): Promise<readonly boolean[]> {
    const asked = pages.map(({ block, layer }) => ({ block: blockKeyToBytes(block), layer }));
    return (await calls.retried(workerEndpoints.hasPages, { namespace, pages: asked }, scope)).has;
  }
}
