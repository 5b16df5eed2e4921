import { setTimeout as pause } from 'node:timers/promises';
import type { KvClient } from '../../src/client/kvClient.js';

const pollMs = 2;

/** When the cluster's description names the worker as lost, or no longer; on the clock of `performance.now()`. */
export async function whenGone(client: KvClient, worker: string): Promise<number> {
  for (;;) {
    const { workers } = await client.describe();
    if (workers.every(({ id, state }) => id !== worker || state === 'lost')) return performance.now();
    await pause(pollMs);
  }
}
