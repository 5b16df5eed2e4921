import { halfPageBytes } from '../core/geometry.js';
import type { LaneKind } from '../transfer/laneKind.js';
import { defaultLaneLimits } from '../transfer/laneLimits.js';
import { defaultLanePoolLimits, LanePool } from '../transfer/lanePool.js';
import { openLane } from '../transfer/openLane.js';
import type { ClusterView } from './clusterView.js';
import { type CallDefaults, callOptions } from './peerCalls.js';
import type { Peers } from './peers.js';

export interface WorkerLanesParts {
  readonly peers: Peers;
  readonly cluster: ClusterView;
  readonly defaults: CallDefaults;
  readonly allowed: readonly LaneKind[];
  readonly name: string;
}

/** The lanes of a client, one to each worker, for the pages of the cluster's model. */
export function workerLanes({ peers, cluster, defaults, allowed, name }: WorkerLanesParts): LanePool {
  return new LanePool({
    clock: defaults.timing,
    limits: defaultLanePoolLimits,
    open: async (address, signal) => {
      const { namespace, geometry } = await cluster.model({ signal });
      return openLane({
        peer: peers.at(address),
        namespace,
        name,
        allowed,
        halfBytes: halfPageBytes(geometry),
        call: { ...callOptions(defaults, signal), timeoutMs: defaults.deadlineMs },
        limits: { ...defaultLaneLimits, collectorRoomBytes: defaults.limits.collectorRoomBytes },
      });
    },
  });
}
