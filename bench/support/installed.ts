import { execFile } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { KvError } from '../../src/core/errors.js';

const run = promisify(execFile);
const installTimeoutMs = 300_000;

export interface EnsureInstalledOptions {
  readonly signal: AbortSignal;
  readonly tell: (line: string) => void;
}

/**
 * Finds a baseline's program, and installs its Debian package where it is missing.
 * @returns where the program is.
 * @throws KvError `unavailable` when it is missing and cannot be installed.
 */
export async function ensureInstalled(
  command: string,
  debianPackage: string,
  { signal, tell }: EnsureInstalledOptions,
): Promise<string> {
  const found = pathOf(command);
  if (found !== undefined) return found;
  tell(`${command} is missing; installing ${debianPackage}`);
  const environment = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const aptGet = (...args: string[]) =>
    run('apt-get', ['-q', ...args], { env: environment, signal, timeout: installTimeoutMs });
  try {
    await aptGet('update');
    await aptGet('install', '-y', '--no-install-recommends', debianPackage);
  } catch (cause) {
    const reason = KvError.from(cause).message.split('\n')[0];
    throw new KvError(
      'unavailable',
      `${command} is missing and ${debianPackage} cannot be installed: ${reason}`,
      { cause },
    );
  }
  const installed = pathOf(command);
  if (installed !== undefined) return installed;
  throw new KvError('unavailable', `${debianPackage} is installed, but ${command} is not in the path`);
}

function pathOf(command: string): string | undefined {
  const folders = (process.env.PATH ?? '').split(delimiter);
  return folders.map((folder) => join(folder, command)).find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
