import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { KvClient, type KvClientOptions } from '../client/kvClient.js';
import { KvError } from '../core/errors.js';
import type { Role } from '../core/identity.js';
import type { CommandContext } from './commandContext.js';
import { EmbeddedCluster } from './embeddedCluster.js';
import { networkOf } from './networkOf.js';
import type { Settings } from './settings.js';

/** A cluster that a command uses: somebody's, or one of its own. */
export interface OpenCluster {
  readonly client: KvClient;
  /** Null when the cluster is somebody else's. */
  readonly embedded: EmbeddedCluster | null;
  /** Aborts when the command is to end, or when a process of its own cluster is gone. */
  readonly signal: AbortSignal;
}

/** How often a starting cluster is asked whether it is ready. */
const readyPollMs = 20;
/** How long an error of a call waits for the end of a process to explain it. */
const explainMs = 500;

/**
 * Gives `body` the cluster at --cluster, or one of real processes that is gone afterwards.
 * @throws KvError of the body, or of a process of the cluster that ended unasked.
 */
export async function withCluster<T>(
  settings: Settings,
  context: CommandContext,
  body: (cluster: OpenCluster) => Promise<T>,
): Promise<T> {
  if (settings.cluster === undefined) return withEmbedded(settings, context, body);
  const client = await KvClient.connect(settings.cluster, clientOptions(settings, 'client'));
  try {
    return await body({ client, embedded: null, signal: context.signal });
  } finally {
    await client.close();
  }
}

async function withEmbedded<T>(
  settings: Settings,
  context: CommandContext,
  body: (cluster: OpenCluster) => Promise<T>,
): Promise<T> {
  const log = (line: string) => context.err(`${line}\n`);
  // A cluster of our own is nobody else's: it never takes a port that others know.
  const own = { ...settings, listen: undefined };
  const embedded = await EmbeddedCluster.start(own, log, context.signal);
  const broken = new AbortController();
  let client: KvClient | null = null;
  try {
    const failed = embedded.failed.then((error) => {
      broken.abort(error);
      throw error;
    });
    failed.catch(() => {});
    client = await KvClient.connect(embedded.address, clientOptions(settings, 'client'));
    await untilReady(client, settings.deadlineMs, context.signal);
    const signal = AbortSignal.any([context.signal, broken.signal]);
    const result = body({ client, embedded, signal });
    result.catch(() => {}); // when a process is gone, that is the error to tell
    return await Promise.race([result, failed]);
  } catch (thrown) {
    throw await explained(thrown, embedded);
  } finally {
    await client?.close();
    await embedded.stop();
  }
}

/** A call that broke because a process ended is told as that. */
async function explained(thrown: unknown, embedded: EmbeddedCluster): Promise<unknown> {
  if (!(thrown instanceof KvError) || thrown.kind !== 'unavailable') return thrown;
  const given = pause(explainMs, thrown, { ref: true });
  return Promise.race([embedded.failed, given]);
}

async function untilReady(client: KvClient, deadlineMs: number, signal: AbortSignal): Promise<void> {
  const giveUpAt = performance.now() + deadlineMs;
  for (;;) {
    if (signal.aborted) throw KvError.from(signal.reason, 'cancelled');
    const { model, waitingFor } = await client.describe();
    if (model !== null) return;
    if (performance.now() > giveUpAt)
      throw new KvError('timedOut', `the cluster is not ready: it waits for ${waitingFor}`);
    await pause(readyPollMs);
  }
}

export function clientOptions(settings: Settings, role: Role): KvClientOptions {
  const { tenant, tenantSecretFile, deadlineMs, lanes } = settings;
  return {
    network: networkOf(settings, role),
    tenant,
    deadlineMs,
    lanes,
    ...(tenantSecretFile === undefined ? {} : { tenantSecret: readSecret(tenantSecretFile) }),
  };
}

function readSecret(path: string): Uint8Array {
  let secret: Uint8Array;
  try {
    secret = readFileSync(path);
  } catch (cause) {
    throw new KvError(
      'invalid',
      `--tenant-secret-file: ${path} cannot be read: ${KvError.from(cause).message}`,
      { cause },
    );
  }
  if (secret.length === 0) throw new KvError('invalid', `--tenant-secret-file: ${path} is empty`);
  return secret;
}
