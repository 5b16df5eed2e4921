import { closeSync, ftruncateSync, openSync, readFileSync, writeSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { KvError } from '../core/errors.js';
import { libc } from './libc.js';

export type FileLock =
  | { readonly kind: 'locked'; readonly release: () => void }
  /** `holder` is the process id that the holder wrote, or an empty text. */
  | { readonly kind: 'inUse'; readonly path: string; readonly holder: string };

/**
 * Takes `<dir>/LOCK` for this process. The kernel drops the lock with the process, however it ends; the
 * file stays, since removing it would let two processes lock two files of one name.
 * @throws KvError `invalid` when the file cannot be opened for writing or the file system has no locks.
 */
export function lockFolder(dir: string): FileLock {
  const path = join(dir, 'LOCK');
  const fd = openLock(path);
  const errno = libc().tryLockFile(fd);
  if (errno === 0) {
    ftruncateSync(fd);
    writeSync(fd, String(process.pid), 0);
    return { kind: 'locked', release: once(() => closeSync(fd)) };
  }
  const holder = readFileSync(fd, 'utf8');
  closeSync(fd);
  if (errno === constants.errno.EWOULDBLOCK) return { kind: 'inUse', path, holder };
  throw new KvError('invalid', `${path} cannot be locked: errno ${errno}; use a local folder`, {
    context: { path },
  });
}

function openLock(path: string): number {
  try {
    return openSync(path, 'a+', 0o600);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new KvError('invalid', `${path} cannot be written: ${reason}`, { cause, context: { path } });
  }
}

function once(act: () => void): () => void {
  let done = false;
  return () => {
    if (!done) act();
    done = true;
  };
}
