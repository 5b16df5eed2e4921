import { systemTiming } from '../client/timing.js';
import { KvError } from '../core/errors.js';
import type { CallOptions } from '../core/ports/network.js';
import { dialLeader } from '../rpc/dialLeader.js';
import { coordinatorEndpoints } from '../rpc/endpoints.js';
import type { DrainWorkerResponse__Output } from '../rpc/gen/kvtide/v1/DrainWorkerResponse.js';
import type { CommandContext } from './commandContext.js';
import type { CommandSpec } from './defineCommand.js';
import { networkOf } from './networkOf.js';
import { tlsSettings } from './tlsSettings.js';

/** How often it is asked how far the worker is. */
const askEveryMs = 300;

export const drainCommand: CommandSpec = {
  name: 'drain',
  summary:
    'Take a worker out of use: what it keeps for open sequences moves to others while they are decoded; what it ' +
    'has only as cache does not (kvtide copy). Ends when it keeps nothing and can be stopped',
  settings: ['cluster', 'tenant', 'deadlineMs', ...tlsSettings],
  operand: 'worker',
  examples: ['kvtide drain worker-1a2b3c4d --cluster 127.0.0.1:4600'],
  run: async (settings, context) => {
    const { cluster, worker, tenant, deadlineMs } = settings;
    if (cluster === undefined)
      throw new KvError('invalid', '--cluster is missing; give the HOST:PORT of a coordinator');
    if (worker === undefined)
      throw new KvError('invalid', 'the worker is missing; give its id, as kvtide status shows it');
    const peer = dialLeader(networkOf(settings, 'admin'), cluster, systemTiming);
    const ask = (options: CallOptions) =>
      peer.request(
        coordinatorEndpoints.drainWorker,
        { worker },
        { ...options, tenant, timeoutMs: deadlineMs },
      );
    try {
      await untilDone(ask, worker, context);
    } finally {
      peer.close();
    }
    context.out(
      settings.json ? `${JSON.stringify({ worker, keptPages: 0 })}\n` : `${worker} can be stopped\n`,
    );
  },
};

/** Asking again also drains again what a restart of the coordinator has forgotten. */
async function untilDone(
  ask: (options: CallOptions) => Promise<DrainWorkerResponse__Output>,
  worker: string,
  { err, signal }: CommandContext,
): Promise<void> {
  let told = '';
  for (;;) {
    const { keptPages, openSequences, done } = await ask({ signal });
    if (done) return;
    const leading = openSequences === 0 ? '' : `, and leads ${openSequences} open sequences until they end`;
    const line = `${worker} keeps ${keptPages} pages for others${leading}\n`;
    if (line !== told) err(line);
    told = line;
    await pause(signal);
  }
}

/** @throws KvError `cancelled` */
function pause(signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', stop);
      resolve();
    }, askEveryMs);
    const stop = (): void => {
      clearTimeout(timer);
      reject(new KvError('cancelled', 'the worker goes on being drained; run the command again to watch it'));
    };
    signal.addEventListener('abort', stop, { once: true });
    if (signal.aborted) stop();
  });
}
