import { join } from 'node:path';
import { Coordinator } from '../coordinator/coordinator.js';
import { LmdbStateStore } from '../coordinator/lmdbStateStore.js';
import { defaultCoordinatorOptions } from '../coordinator/options.js';
import { CoordinatorMetrics } from '../observe/coordinatorMetrics.js';
import { systemClock } from '../observe/systemClock.js';
import { systemRandom } from '../observe/systemRandom.js';
import { workersPerStage } from './clusterArguments.js';
import { networkOf } from './networkOf.js';
import type { RunningServer, ServerParts } from './serverParts.js';
import type { Settings } from './settings.js';

/** A coordinator of real parts: gRPC and LMDB. @throws KvError as `Coordinator.start`. */
export async function startCoordinator(
  settings: Settings,
  { folder, logger, metrics, metricsAddress, gates }: ServerParts,
): Promise<RunningServer> {
  const { listen = '127.0.0.1:0', stages, leaseMs, admissionWaitMs, admissionQueue } = settings;
  const coordinator = await Coordinator.start(
    listen,
    {
      network: networkOf(settings, gates),
      clock: systemClock,
      random: systemRandom,
      store: new LmdbStateStore(join(folder.path, 'state')),
      log: logger,
      metrics: new CoordinatorMetrics(metrics),
      metricsAddress,
    },
    {
      ...defaultCoordinatorOptions,
      stages,
      workersPerStage: workersPerStage(settings),
      leaseMs,
      admissionWaitMsMax: admissionWaitMs,
      admissionQueueMax: admissionQueue,
    },
  );
  return {
    ready: { ready: 'coordinator', id: '', address: coordinator.address, layers: null },
    close: () => coordinator.close(),
  };
}
