import { halfPageBytes } from '../core/geometry.js';
import type { Lane } from '../transfer/lane.js';
import type { LaneKind } from '../transfer/laneKind.js';
import { defaultLaneLimits } from '../transfer/laneLimits.js';
import { openLane } from '../transfer/openLane.js';
import { unlessAborted } from './callScope.js';
import type { ClusterView } from './clusterView.js';
import type { PageLanes } from './pageLanes.js';
import { type CallDefaults, callOptions } from './peerCalls.js';
import type { Peers } from './peers.js';

export interface WorkerLanesParts {
  readonly peers: Peers;
  readonly cluster: ClusterView;
  readonly defaults: CallDefaults;
  readonly allowed: readonly LaneKind[];
  readonly name: string;
}

/** One lane to each worker: opened when it is first needed, and anew after it broke. */
export class WorkerLanes implements PageLanes {
  readonly #parts: WorkerLanesParts;
  readonly #lanes = new Map<string, Lane>();
  readonly #opening = new Map<string, Promise<Lane>>();
  readonly #closing = new AbortController();

  constructor(parts: WorkerLanesParts) {
    this.#parts = parts;
  }

  lane(address: string, signal?: AbortSignal): Promise<Lane> {
    const known = this.#lanes.get(address);
    if (known?.isOpen) return Promise.resolve(known);
    let opening = this.#opening.get(address);
    if (opening === undefined) {
      opening = this.#open(address).finally(() => this.#opening.delete(address));
      this.#opening.set(address, opening);
    }
    return unlessAborted(opening, signal);
  }

  open(): readonly Lane[] {
    return [...this.#lanes.values()].filter(({ isOpen }) => isOpen);
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await Promise.allSettled(this.#opening.values());
    await Promise.all([...this.#lanes.values()].map((lane) => lane.close()));
    this.#lanes.clear();
  }

  /** With nobody's signal: whoever else comes while it opens shares it. */
  async #open(address: string): Promise<Lane> {
    const { peers, cluster, defaults, allowed, name } = this.#parts;
    await this.#lanes.get(address)?.close();
    const scope = { signal: this.#closing.signal };
    const { namespace, geometry } = await cluster.model(scope);
    const lane = await openLane({
      peer: peers.at(address),
      namespace,
      name,
      allowed,
      halfBytes: halfPageBytes(geometry),
      call: { ...callOptions(defaults, scope.signal), timeoutMs: defaults.deadlineMs },
      limits: defaultLaneLimits,
    });
    this.#lanes.set(address, lane);
    return lane;
  }
}
