import { closeSync, existsSync, openSync, readSync } from 'node:fs';

export const statePageBytes = 4096;

/** Where magic number and version lie in each of the two meta pages that a file begins with. */
const magicOffset = 24;
const magic = 0xbeef_c0de;
const version = 2;

/**
 * Whether LMDB may open the file: on one that is something else, it ends the process. A file that is not
 * there, or is empty, becomes a new database.
 */
export function looksLikeLmdb(path: string): boolean {
  if (!existsSync(path)) return true;
  const bytes = Buffer.alloc(2 * statePageBytes);
  const fd = openSync(path, 'r');
  try {
    const length = readSync(fd, bytes, 0, bytes.length, 0);
    if (length === 0) return true;
    return [0, statePageBytes].every(
      (page) =>
        length >= page + magicOffset + 8 &&
        bytes.readUInt32LE(page + magicOffset) === magic &&
        bytes.readUInt32LE(page + magicOffset + 4) === version,
    );
  } finally {
    closeSync(fd);
  }
}
