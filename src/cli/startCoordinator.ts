import { join } from 'node:path';
import { Coordinator } from '../coordinator/coordinator.js';
import { ElectedCoordinator } from '../coordinator/electedCoordinator.js';
import { LmdbStateStore } from '../coordinator/lmdbStateStore.js';
import { defaultCoordinatorOptions } from '../coordinator/options.js';
import { CoordinatorMetrics } from '../observe/coordinatorMetrics.js';
import { systemClock } from '../observe/systemClock.js';
import { systemRandom } from '../observe/systemRandom.js';
import { guardedNetwork } from '../rpc/guardedNetwork.js';
import { workersPerStage } from './clusterArguments.js';
import { etcdOf } from './etcdOf.js';
import type { RunningServer, ServerParts } from './serverParts.js';
import type { Settings } from './settings.js';
import { tenantGateOf } from './tenantGateOf.js';

/**
 * A coordinator of real parts: gRPC, and LMDB or, where there are several, etcd.
 * @throws KvError as `Coordinator.start` and `ElectedCoordinator.start`.
 */
export async function startCoordinator(
  settings: Settings,
  { folder, logger, metrics, metricsAddress, network }: ServerParts,
): Promise<RunningServer> {
  const tenants = await tenantGateOf(settings, { logger, metrics });
  const { listen = '127.0.0.1:0', stages, leaseMs, admissionWaitMs, admissionQueue, etcd } = settings;
  const parts = {
    network: tenants === null ? network : guardedNetwork(network, tenants),
    clock: systemClock,
    random: systemRandom,
    log: logger,
    metrics: new CoordinatorMetrics(metrics),
    metricsAddress,
  };
  const options = {
    ...defaultCoordinatorOptions,
    stages,
    workersPerStage: workersPerStage(settings),
    leaseMs,
    admissionWaitMsMax: admissionWaitMs,
    admissionQueueMax: admissionQueue,
  };
  const coordinator =
    etcd === undefined
      ? await Coordinator.start(
          listen,
          { ...parts, store: new LmdbStateStore(join(folder.path, 'state')) },
          options,
        )
      : await ElectedCoordinator.start(
          listen,
          {
            ...parts,
            kv: etcdOf(settings, etcd),
            prefix: `${settings.etcdPrefix}/`,
            advertise: settings.advertise ?? '',
          },
          { ...options, leaderLeaseMs: settings.leaderLeaseMs },
        );
  return {
    ready: { ready: 'coordinator', id: '', address: coordinator.address, layers: null },
    close: () => coordinator.close(),
  };
}
