import { join } from 'node:path';
import { KvError } from '../core/errors.js';
import type { Network } from '../core/ports/network.js';
import type { SecurityObserver } from '../core/ports/securityObserver.js';
import { AuditLog } from '../observe/auditLog.js';
import { addGateMetrics } from '../observe/gateMetrics.js';
import { createLogger, type Logger } from '../observe/logger.js';
import { Metrics } from '../observe/metrics.js';
import { type MetricsServer, serveMetrics } from '../observe/metricsServer.js';
import { SecurityWatch } from '../observe/securityWatch.js';
import { systemClock } from '../observe/systemClock.js';
import type { LiveCertificates } from '../rpc/certificateSet.js';
import { GrpcNetwork } from '../rpc/grpcNetwork.js';
import { isLoopback, parseHostPort } from '../rpc/hostPort.js';
import { guardMemory } from '../rpc/memoryGuard.js';
import { ServerGates } from '../rpc/serverGates.js';
import { certificatesOf } from './certificateSettings.js';
import { checkMemoryLimit } from './checkMemoryLimit.js';
import { type CommandContext, whenAsked } from './commandContext.js';
import { type DataFolder, makeTemporaryRoot, openDataFolder } from './dataFolder.js';
import { metricsTls } from './metricsTls.js';
import type { ReadyLine } from './readyLine.js';
import type { Settings } from './settings.js';

/** What a coordinator and a worker have in common: a folder, a log, metrics. */
export interface ServerParts {
  readonly folder: DataFolder;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly gates: ServerGates;
  readonly metricsAddress: string;
  readonly network: Network;
  /** What it proves itself with; undefined where it works in the clear. */
  readonly certificates: LiveCertificates | undefined;
  readonly security: SecurityObserver;
}

/** A server that runs. */
export interface RunningServer {
  readonly ready: Omit<ReadyLine, 'pid' | 'metricsAddress'>;
  close(): Promise<void>;
}

/**
 * Starts a server, says so on stdout, serves until the process is asked to end, and tidies up.
 * @throws KvError of the start, with nothing left behind.
 */
export async function runServer(
  name: 'coordinator' | 'worker',
  settings: Settings,
  context: CommandContext,
  start: (parts: ServerParts) => Promise<RunningServer>,
): Promise<void> {
  const { dataDir, ephemeral, memoryLimit } = settings;
  checkMemoryLimit(name, settings);
  const path = dataDir ?? join(await makeTemporaryRoot(), name);
  const folder = await openDataFolder(path, { ephemeral: ephemeral || dataDir === undefined });
  // Also while it still starts: a start cannot be cut short, and its time may run out.
  context.signal.addEventListener('abort', () => void folder.discard().catch(() => {}), { once: true });
  let stopGuard = () => {};
  let served: MetricsServer | null = null;
  let server: RunningServer | null = null;
  let audit: AuditLog | null = null;
  try {
    const metrics = new Metrics();
    metrics.addProcessMetrics();
    const gates = new ServerGates();
    addGateMetrics(metrics, () => gates.figures());
    const logger = createLogger({
      level: settings.logLevel,
      name,
      destination: { write: (line) => context.err(line) },
    });
    audit = settings.auditLog === undefined ? null : new AuditLog(settings.auditLog);
    const security = new SecurityWatch(logger, metrics, audit, () => systemClock.monotonicMs());
    const certificates = certificatesOf(settings, 'worker', (message) => logger.warn(message));
    certificates?.rereadAt('SIGHUP');
    const isReady = () => server !== null && !context.signal.aborted;
    served = await serveMetricsOf(settings, metrics, certificates, isReady);
    const metricsAddress = served?.address ?? '';
    const { insecureNetwork } = settings;
    const network = new GrpcNetwork(
      { insecureNetwork, security, ...(certificates && { certificates }) },
      gates,
    );
    if (memoryLimit !== undefined) {
      const rssBytes = () => process.memoryUsage.rss();
      stopGuard = guardMemory(gates, { limitBytes: memoryLimit, rssBytes, clock: systemClock });
    }
    server = await start({ folder, logger, metrics, metricsAddress, gates, network, certificates, security });
    const ready: ReadyLine = { ...server.ready, metricsAddress, pid: process.pid };
    context.out(settings.json ? `${JSON.stringify(ready)}\n` : `${described(ready)}\n`);
    await whenAsked(context);
  } finally {
    // What is not kept goes first, so that it is gone even when the rest takes too long and is cut off.
    await folder.discard();
    stopGuard();
    await server?.close();
    await served?.close();
    audit?.close();
    folder.close();
  }
}

/**
 * On loopback the figures are in the clear; beyond it a certificate of a monitor or an admin has to be shown.
 * @throws KvError `invalid` where neither certificates nor --insecure-network are given for that.
 */
async function serveMetricsOf(
  { metricsListen, insecureNetwork }: Settings,
  metrics: Metrics,
  certificates: LiveCertificates | undefined,
  isReady: () => boolean,
): Promise<MetricsServer | null> {
  if (metricsListen === undefined) return null;
  const where = { ...parseHostPort(metricsListen), isReady };
  if (isLoopback(where.host)) return serveMetrics(metrics, where);
  if (certificates !== undefined) return serveMetrics(metrics, { ...where, tls: metricsTls(certificates) });
  if (insecureNetwork) return serveMetrics(metrics, where);
  throw new KvError(
    'invalid',
    `serving metrics on ${metricsListen} without TLS is refused: give certificates, use a loopback address, or give --insecure-network where the network is trusted`,
  );
}

function described({ ready, id, address, layers }: ReadyLine): string {
  if (layers === null) return `${ready} serves at ${address}`;
  return `${ready} ${id} serves layers ${layers[0]} to ${layers[1] - 1} at ${address}`;
}
