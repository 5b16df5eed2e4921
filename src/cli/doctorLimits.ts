import { formatByteSize } from '../core/byteSize.js';
import { type DoctorCheck, passed } from './doctorCheck.js';

/** Below this a worker with many clients runs out of descriptors. */
const openFilesWanted = 4096;
/** Below this not even a small cluster can open its files and sockets. */
const openFilesMin = 256;

/**
 * Whether open files and locked memory suffice.
 * @param limits the text of /proc/self/limits.
 * @param pinnedBytes what a worker is to lock.
 */
export function checkLimits(limits: string, pinnedBytes: number): DoctorCheck[] {
  return [openFiles(softLimit(limits, 'Max open files')), locked(limits, pinnedBytes)];
}

function openFiles(limit: number): DoctorCheck {
  const name = 'open files';
  const found = `at most ${limit}`;
  if (limit >= openFilesWanted) return passed(name, found);
  const mend = `ulimit -n ${openFilesWanted}, or LimitNOFILE=${openFilesWanted} of the systemd unit`;
  return { name, state: limit < openFilesMin ? 'fail' : 'warn', found, mend };
}

function locked(limits: string, pinnedBytes: number): DoctorCheck {
  const name = 'locked memory';
  const limit = softLimit(limits, 'Max locked memory');
  const found = limit === Number.POSITIVE_INFINITY ? 'no limit' : `at most ${formatByteSize(limit)}`;
  if (limit >= pinnedBytes) return passed(name, found);
  const mend = `the pinned tier has ${formatByteSize(pinnedBytes)}: ulimit -l unlimited, LimitMEMLOCK=infinity, or a smaller --pinned-bytes`;
  return { name, state: 'warn', found, mend };
}

/** The soft limit; Infinity for "unlimited", 0 where the kernel does not tell it. */
function softLimit(limits: string, name: string): number {
  const value = new RegExp(`^${name}\\s+(\\S+)`, 'm').exec(limits)?.[1] ?? '0';
  return value === 'unlimited' ? Number.POSITIVE_INFINITY : Number(value);
}
