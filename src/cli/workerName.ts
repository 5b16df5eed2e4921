import { randomBytes } from 'node:crypto';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { KvError } from '../core/errors.js';

/**
 * The name of the worker whose data folder this is; the first time it is made. A worker that is started again
 * is then known as the one that it was, and gets its layers back. The folder has to be locked.
 * @throws KvError `invalid` when it cannot be read or written.
 */
export function workerNameIn(folder: string): string {
  const file = join(folder, 'worker-name');
  const known = read(file);
  if (known !== null) return known;
  const name = `worker-${randomBytes(4).toString('hex')}`;
  try {
    // Renamed, so that no half of a name is ever read.
    writeFileSync(`${file}.new`, `${name}\n`);
    renameSync(`${file}.new`, file);
  } catch (thrown) {
    const { message } = KvError.from(thrown);
    throw new KvError('invalid', `the name of this worker cannot be kept in ${file}: ${message}`, {
      cause: thrown,
    });
  }
  return name;
}

/** Null where there is no name that could be one. */
function read(file: string): string | null {
  try {
    return /^(worker-[0-9a-f]{8})\n$/.exec(readFileSync(file, 'utf8'))?.[1] ?? null;
  } catch {
    return null;
  }
}
