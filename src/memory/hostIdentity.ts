import { readFileSync } from 'node:fs';

/** What two processes have in common when they run on one host under one user. */
export interface HostIdentity {
  /** The kernel's id of this boot; empty where it tells none. */
  readonly bootId: string;
  readonly uid: number;
}

let own: HostIdentity | undefined;

export function hostIdentity(): HostIdentity {
  own ??= { bootId: readBootId(), uid: process.getuid?.() ?? 0 };
  return own;
}

/** Whether memory and sockets of this process can be shared with whoever said this of itself. */
export function isSameHost({ bootId, uid }: HostIdentity): boolean {
  const here = hostIdentity();
  return here.bootId !== '' && bootId === here.bootId && uid === here.uid;
}

function readBootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    return ''; // not Linux, or a sandbox that hides it: nobody is on the same host
  }
}
