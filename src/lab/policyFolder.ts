import { realpathSync, statSync } from 'node:fs';
import { realpath, stat } from 'node:fs/promises';
import { isAbsolute, relative, resolve, sep } from 'node:path';
import { KvError } from '../core/errors.js';
import type { NamedPolicy } from '../policy/namedPolicy.js';
import type { RetentionPolicy } from '../policy/policy.js';
import { loadPolicyFile } from './loadPolicyFile.js';

const modulePath = /\.[cm]?[jt]s$/;

export type LoadNamed = (given: string) => Promise<NamedPolicy<RetentionPolicy>>;

/**
 * Loads retention policies from one folder, for callers who may run no other code in this process.
 * @param folder that whoever started the process has named; without one every file is refused.
 * @throws KvError `notFound` when there is no such folder.
 */
export function policyFolder(folder: string | undefined): LoadNamed {
  if (folder === undefined) {
    return async (given) => {
      throw new KvError(
        'unsupported',
        `the policy ${given} is a file, and this worker loads none while it runs; start it with --policy-dir`,
      );
    };
  }
  const root = realFolder(folder);
  return async (given) => ({ name: given, make: await loadPolicyFile(given, await pathWithin(root, given)) });
}

function realFolder(folder: string): string {
  let root: string;
  try {
    root = realpathSync(folder);
  } catch (cause) {
    throw new KvError('notFound', `the folder ${folder} of --policy-dir does not exist`, { cause });
  }
  if (statSync(root).isDirectory()) return root;
  throw new KvError('invalid', `--policy-dir ${folder} is no folder`);
}

/**
 * Where the file really is, links followed.
 * @throws KvError `invalid` when that is not in the folder, `notFound` when there is none.
 */
async function pathWithin(root: string, given: string): Promise<string> {
  const asked = resolve(root, given);
  // Said before the file system is asked: what is outside is not for callers to find out.
  checkWithin(root, asked, given);
  let path: string;
  try {
    path = await realpath(asked);
  } catch (cause) {
    throw new KvError('notFound', `the policy ${given} does not exist in the worker's --policy-dir`, {
      cause,
    });
  }
  checkWithin(root, path, given);
  if (modulePath.test(path) && (await stat(path)).isFile()) return path;
  throw new KvError('invalid', `the policy ${given} is no file in TypeScript or JavaScript`);
}

function checkWithin(root: string, path: string, given: string): void {
  const way = relative(root, path);
  if (way !== '' && way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way)) return;
  throw new KvError('invalid', `the policy ${given} does not lie in the worker's --policy-dir`);
}
