import { existsSync, mkdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';

export const lmdbDataFile = 'data.mdb';
export const lmdbFiles: readonly string[] = [lmdbDataFile, 'lock.mdb'];

/** Moves files of a store to the next free number under `<dir>/quarantine/`; answers where they are. */
export function quarantine(dir: string, files: readonly string[]): string {
  let number = 1;
  while (existsSync(join(dir, 'quarantine', String(number)))) number += 1;
  const target = join(dir, 'quarantine', String(number));
  mkdirSync(target, { recursive: true });
  for (const file of files) {
    if (existsSync(join(dir, file))) renameSync(join(dir, file), join(target, file));
  }
  return target;
}
