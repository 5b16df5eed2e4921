import { join } from 'node:path';
import { addGateMetrics } from '../observe/gateMetrics.js';
import { createLogger, type Logger } from '../observe/logger.js';
import { Metrics } from '../observe/metrics.js';
import { type MetricsServer, serveMetrics } from '../observe/metricsServer.js';
import { systemClock } from '../observe/systemClock.js';
import { parseHostPort } from '../rpc/hostPort.js';
import { guardMemory } from '../rpc/memoryGuard.js';
import { ServerGates } from '../rpc/serverGates.js';
import { checkMemoryLimit } from './checkMemoryLimit.js';
import { type CommandContext, whenAsked } from './commandContext.js';
import { type DataFolder, makeTemporaryRoot, openDataFolder } from './dataFolder.js';
import type { ReadyLine } from './readyLine.js';
import type { Settings } from './settings.js';

/** What a coordinator and a worker have in common: a folder, a log, metrics. */
export interface ServerParts {
  readonly folder: DataFolder;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly gates: ServerGates;
  readonly metricsAddress: string;
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
  try {
    const metrics = new Metrics();
    metrics.addProcessMetrics();
    const gates = new ServerGates();
    addGateMetrics(metrics, () => gates.figures());
    served =
      settings.metricsListen === undefined
        ? null
        : await serveMetrics(metrics, {
            ...parseHostPort(settings.metricsListen),
            isReady: () => server !== null && !context.signal.aborted,
          });
    const logger = createLogger({
      level: settings.logLevel,
      name,
      destination: { write: (line) => context.err(line) },
    });
    const metricsAddress = served?.address ?? '';
    if (memoryLimit !== undefined) {
      const rssBytes = () => process.memoryUsage.rss();
      stopGuard = guardMemory(gates, { limitBytes: memoryLimit, rssBytes, clock: systemClock });
    }
    server = await start({ folder, logger, metrics, metricsAddress, gates });
    const ready: ReadyLine = { ...server.ready, metricsAddress, pid: process.pid };
    context.out(settings.json ? `${JSON.stringify(ready)}\n` : `${described(ready)}\n`);
    await whenAsked(context);
  } finally {
    // What is not kept goes first, so that it is gone even when the rest takes too long and is cut off.
    await folder.discard();
    stopGuard();
    await server?.close();
    await served?.close();
    folder.close();
  }
}

function described({ ready, id, address, layers }: ReadyLine): string {
  if (layers === null) return `${ready} serves at ${address}`;
  return `${ready} ${id} serves layers ${layers[0]} to ${layers[1] - 1} at ${address}`;
}
