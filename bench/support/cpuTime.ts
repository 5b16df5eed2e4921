import { readdirSync, readFileSync } from 'node:fs';

/** Processor time of all threads of the processes so far, in ms. What has ended counts nothing. */
export function cpuMsOf(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => sum + processCpuMs(pid), 0);
}

function processCpuMs(pid: number): number {
  const folder = `/proc/${pid}/task`;
  try {
    return readdirSync(folder).reduce((sum, thread) => sum + threadCpuMs(`${folder}/${thread}`), 0);
  } catch {
    return 0; // the process is gone
  }
}

/** The first figure of schedstat is the time on a processor, in ns. */
function threadCpuMs(folder: string): number {
  try {
    return Number(readFileSync(`${folder}/schedstat`, 'utf8').split(' ')[0]) / 1e6;
  } catch {
    return 0; // the thread has ended since
  }
}
