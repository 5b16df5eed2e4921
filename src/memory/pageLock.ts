import { readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { formatByteSize } from '../core/byteSize.js';
import { libc } from './libc.js';
import type { Slab } from './slab.js';

/** Whether a slab's pages are kept from being swapped out. */
export type PageLock =
  | { readonly kind: 'locked' }
  | {
      readonly kind: 'refused';
      readonly neededBytes: number;
      /** RLIMIT_MEMLOCK of this process; Infinity where there is none. */
      readonly limitBytes: number;
      readonly reason: string;
    };

/** Locks all pages of a mapped slab in memory, or says why not: the caller decides whether to go on. */
export function lockPages(slab: Slab): PageLock {
  const { address, sizeBytes } = slab.handle;
  const errno = libc().lockMemory(address, sizeBytes);
  if (errno === 0) return { kind: 'locked' };
  const limitBytes = lockLimitBytes(readFileSync('/proc/self/limits', 'utf8'));
  return {
    kind: 'refused',
    neededBytes: sizeBytes,
    limitBytes,
    reason: reasonFor(errno, sizeBytes, limitBytes),
  };
}

/** The soft limit of "Max locked memory" in the text of /proc/<pid>/limits. */
export function lockLimitBytes(limits: string): number {
  const soft = /^Max locked memory\s+(\S+)/m.exec(limits)?.[1];
  return soft === undefined || soft === 'unlimited' ? Number.POSITIVE_INFINITY : Number(soft);
}

function reasonFor(errno: number, neededBytes: number, limitBytes: number): string {
  const { ENOMEM, EPERM, EAGAIN } = constants.errno;
  const needed = formatByteSize(neededBytes);
  if (errno === EPERM || errno === ENOMEM) {
    const limit = limitBytes === Number.POSITIVE_INFINITY ? 'unlimited' : formatByteSize(limitBytes);
    const kibibytes = Math.ceil(neededBytes / 1024);
    return `${needed} are needed and the limit on locked memory is ${limit}; raise it with ulimit -l ${kibibytes}`;
  }
  if (errno === EAGAIN) return `${needed} are needed and the system could not lock all pages now`;
  return `mlock of ${needed} failed with errno ${errno}`;
}
