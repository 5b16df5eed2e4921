import { KvError } from '../core/errors.js';
import type { Logger } from '../observe/logger.js';
import type { Metrics } from '../observe/metrics.js';
import { TraceFile } from '../observe/traceFile.js';
import { addTraceMetrics } from '../observe/traceMetrics.js';
import { WorkerMetrics } from '../observe/workerMetrics.js';
import type { WorkerObserver } from '../worker/workerParts.js';
import type { CommandSpec } from './defineCommand.js';
import { modelOrStore } from './modelInput.js';
import { runServer } from './serverParts.js';
import { tenantGateOf } from './tenantGateOf.js';
import { tlsSettings } from './tlsSettings.js';
import { workerSettings } from './workerSettings.js';

export const workerCommand: CommandSpec = {
  name: 'worker',
  summary: 'Run a worker: one layer range of the model and the pages of its KV, or of pages alone',
  settings: [
    'model',
    'kvConfig',
    'coordinator',
    'listen',
    'stage',
    ...workerSettings,
    'tenantsFile',
    'metricsListen',
    'memoryLimit',
    ...tlsSettings,
    'auditLog',
    'logLevel',
  ],
  hidden: ['parentPipe', 'ephemeral', 'stages'],
  examples: [
    'kvtide worker --model models/tiny-dts --coordinator 127.0.0.1:4600 --data-dir /var/lib/kvtide/worker-0',
  ],
  run: async (settings, context) => {
    modelOrStore(settings);
    if (settings.coordinator === undefined) {
      throw new KvError('invalid', '--coordinator is missing; give its HOST:PORT');
    }
    await runServer('worker', settings, context, async (parts) => {
      const { folder, logger, metrics, metricsAddress, network, certificates, security, gates } = parts;
      // Loaded late: it brings ONNX Runtime and LMDB, which no other command needs.
      const { startWorker } = await import('./startWorker.js');
      const record =
        settings.record === undefined
          ? undefined
          : await TraceFile.create(settings.record, (message) => logger.warn(message, {}));
      if (record !== undefined) addTraceMetrics(metrics, record);
      const worker = await startWorker(settings, {
        ...(record === undefined ? {} : { record }),
        folder: folder.path,
        listen: settings.listen ?? '127.0.0.1:0',
        metricsAddress,
        network,
        gates,
        lanes: { ...(certificates === undefined ? {} : { certificates }), security },
        observer: observerOf(logger, metrics),
        tenants: await tenantGateOf(settings, { logger, metrics }),
      });
      const { worker: id, range } = worker.assignment;
      return {
        ready: { ready: 'worker', id, address: worker.address, layers: [range.from, range.to] },
        close: async () => {
          try {
            await worker.close();
          } finally {
            await record?.close();
          }
        },
      };
    });
  },
};

function observerOf(logger: Logger, metrics: Metrics): WorkerObserver {
  const figures = new WorkerMetrics(metrics);
  return {
    warn: (message, context) => logger.warn(message, context),
    stepped: (outcome) => figures.stepped(outcome.phase, outcome),
    loaded: (from, bytes, ms) => figures.loaded(from, bytes, ms),
    stored: (to, bytes) => figures.stored(to, bytes),
    serving: (read) => figures.serving(read),
  };
}
