import { mkdtemp, rm, rmdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { KvError } from '../core/errors.js';
import { lockFolder } from '../memory/fileLock.js';
import { makeDataFolder } from './makeDataFolder.js';

/** A folder that this process alone writes. */
export interface DataFolder {
  readonly path: string;
  /**
   * Removes the folder when it is ephemeral, and the one around it when nothing else is left there. Files
   * that are still open can be written to the end.
   */
  discard(): Promise<void>;
  /** Unlocks the folder. */
  close(): void;
}

export interface DataFolderOptions {
  /** It is removed in the end. */
  readonly ephemeral: boolean;
}

/**
 * Creates the folder where it is missing and locks it.
 * @throws KvError `invalid` when it cannot be written, `conflict` when another process uses it.
 */
export async function openDataFolder(path: string, { ephemeral }: DataFolderOptions): Promise<DataFolder> {
  makeDataFolder(path);
  const lock = lockFolder(path);
  if (lock.kind === 'inUse') {
    const holder = lock.holder === '' ? 'another process' : `process ${lock.holder}`;
    throw new KvError(
      'conflict',
      `the data folder ${path} is in use by ${holder}; stop it or choose another --data-dir`,
    );
  }
  return {
    path,
    close: () => lock.release(),
    discard: async () => {
      if (!ephemeral) return;
      await rm(path, { recursive: true, force: true });
      // Whoever of the cluster ends last takes the folder around them away.
      await rmdir(dirname(path)).catch(() => {});
    },
  };
}

/** A new private folder for the data of a cluster that nobody wants to keep. */
export function makeTemporaryRoot(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'kvtide-'));
}
