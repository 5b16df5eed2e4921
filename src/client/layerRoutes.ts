import { KvError } from '../core/errors.js';
import type { ReadyCluster, WorkerDescription } from './clusterDescription.js';

/** Which ready workers serve each layer of a cluster. */
export class LayerRoutes {
  readonly #ofLayer: readonly (readonly WorkerDescription[])[];
  /** Workers that take calls. */
  readonly ready: readonly WorkerDescription[];

  constructor(readonly cluster: ReadyCluster) {
    this.ready = cluster.workers.filter(({ state }) => state === 'ready');
    this.#ofLayer = cluster.model.geometry.layers.map((_, layer) =>
      this.ready.filter(({ layers }) => layers.from <= layer && layer < layers.to),
    );
  }

  /** @throws KvError `invalid` for a layer that the model does not have. */
  workersOf(layer: number): readonly WorkerDescription[] {
    const workers = this.#ofLayer[layer];
    if (workers !== undefined) return workers;
    const last = this.#ofLayer.length - 1;
    throw new KvError('invalid', `the model has no layer ${layer}; it has layers 0 to ${last}`);
  }
}
