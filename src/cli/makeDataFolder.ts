import { mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { KvError } from '../core/errors.js';

/**
 * Makes a data folder and the folders around it, for this user alone; one that is there is fine.
 * @throws KvError `invalid` when it cannot be made.
 */
export function makeDataFolder(path: string): void {
  try {
    makeFolder(path);
  } catch (cause) {
    const reason = KvError.from(cause).message;
    throw new KvError(
      'invalid',
      `the data folder ${path} cannot be made: ${reason}; choose another --data-dir`,
      {
        cause,
      },
    );
  }
}

/** Not mkdir's `recursive`: Node 20 never returns from it where a file system refuses, as /proc does. */
function makeFolder(path: string): void {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) return;
  const parent = dirname(path);
  if (parent !== path && statSync(parent, { throwIfNoEntry: false }) === undefined) makeFolder(parent);
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (thrown) {
    const isThere = statSync(path, { throwIfNoEntry: false })?.isDirectory(); // another process was faster
    if (!isThere) throw thrown;
  }
}
