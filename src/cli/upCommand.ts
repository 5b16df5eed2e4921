import { whenAsked } from './commandContext.js';
import type { CommandSpec } from './defineCommand.js';
import { EmbeddedCluster } from './embeddedCluster.js';
import { checkComputing, checkStages, readServed } from './modelInput.js';
import { tlsSettings } from './tlsSettings.js';
import { workerSettings } from './workerSettings.js';

export const upCommand: CommandSpec = {
  name: 'up',
  summary: 'Run a coordinator and its workers on this machine, until Ctrl-C',
  settings: [
    'model',
    'kvConfig',
    'listen',
    'stages',
    'workers',
    ...workerSettings,
    'tenantsFile',
    'leaseMs',
    'admissionWaitMs',
    'admissionQueue',
    'memoryLimit',
    ...tlsSettings,
    'logLevel',
  ],
  examples: [
    'kvtide up --model models/tiny-dts --listen 127.0.0.1:4600',
    'kvtide up --kv-config kv.json --pinned-bytes 4GiB --disk-bytes 64GiB',
    'kvtide up --model models/tiny-dts --data-dir /var/lib/kvtide --device-bytes 64MiB',
  ],
  run: async (settings, context) => {
    const { shape } = readServed(settings);
    const check = shape.attention === null ? checkStages : checkComputing;
    check(settings, shape.geometry);
    const log = (line: string) => context.err(`${line}\n`);
    // Whoever it serves waits for a worker that was lost, and goes on.
    const cluster = await EmbeddedCluster.start(settings, log, context.signal, { restarts: true });
    try {
      const workers = cluster.workers.map(({ id, layers, pid, address }) => ({ id, layers, pid, address }));
      const line = {
        ready: 'up',
        address: cluster.address,
        metricsAddress: cluster.coordinator?.metricsAddress,
        workers,
      };
      context.out(settings.json ? `${JSON.stringify(line)}\n` : `kvtide serves at ${cluster.address}\n`);
      const failure = await Promise.race([cluster.failed, whenAsked(context)]);
      if (failure !== undefined) throw failure;
    } finally {
      await cluster.stop();
    }
  },
};
