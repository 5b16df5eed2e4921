import type { CommandSpec } from './defineCommand.js';
import { runServer } from './serverParts.js';
import { tlsSettings } from './tlsSettings.js';

export const coordinatorCommand: CommandSpec = {
  name: 'coordinator',
  summary: 'Run a coordinator: who is in the cluster, where sequences are, which prefixes are held',
  settings: [
    'listen',
    'stages',
    'workers',
    'dataDir',
    'etcd',
    'etcdPrefix',
    'etcdCa',
    'etcdCert',
    'etcdKey',
    'advertise',
    'leaderLeaseMs',
    'leaseMs',
    'admissionWaitMs',
    'admissionQueue',
    'tenantsFile',
    'metricsListen',
    'memoryLimit',
    ...tlsSettings,
    'auditLog',
    'logLevel',
  ],
  hidden: ['parentPipe', 'ephemeral'],
  examples: [
    'kvtide coordinator --listen 127.0.0.1:4600 --stages 2 --data-dir /var/lib/kvtide/coordinator',
    'kvtide coordinator --listen 127.0.0.1:4601 --stages 2 --etcd 127.0.0.1:2379',
  ],
  run: (settings, context) =>
    runServer('coordinator', settings, context, async (parts) => {
      const { startCoordinator } = await import('./startCoordinator.js');
      return startCoordinator(settings, parts);
    }),
};
