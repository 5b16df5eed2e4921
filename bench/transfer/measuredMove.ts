import type { Round } from '../support/contender.js';
import { cpuMsOf } from '../support/cpuTime.js';

/** Times `move`, which moves `bytes`, and the processor time of this process and of the others by pid. */
export async function measuredMove(
  bytes: number,
  pids: readonly number[],
  move: () => Promise<void>,
): Promise<Round> {
  const all = [process.pid, ...pids];
  const cpuBeforeMs = cpuMsOf(all);
  const startedMs = performance.now();
  await move();
  const ms = performance.now() - startedMs;
  const cpuMs = cpuMsOf(all) - cpuBeforeMs;
  const gigabytes = bytes / 1e9;
  return { gigabytesPerSecond: gigabytes / (ms / 1000), cpuMsPerGigabyte: cpuMs / gigabytes };
}
