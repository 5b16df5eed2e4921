import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { KvError } from '../core/errors.js';
import type { RetentionFactory } from '../policy/policy.js';
import { isPolicyPath } from '../policy/policyPath.js';
import { retentionPolicies, retentionPolicyNames } from '../policy/retentionPolicies.js';
import { loadPolicyFile } from './loadPolicyFile.js';

/**
 * The retention policy of that name, or the default export of a module of the user's in TypeScript or
 * JavaScript, which is then watched (`guardedRetention`).
 * @param given a name, or a path from the current folder.
 * @throws KvError `notFound` when there is no such file, `invalid` when it cannot be loaded or exports no factory.
 */
export async function loadRetention(given: string): Promise<RetentionFactory> {
  const name = retentionPolicyNames.find((known) => known === given);
  if (name !== undefined) return retentionPolicies[name];
  if (!isPolicyPath(given)) throw new KvError('invalid', `there is no retention policy "${given}"`);
  const path = resolve(given);
  if (!existsSync(path)) throw new KvError('notFound', `the policy ${given} does not exist`);
  return await loadPolicyFile(given, path);
}
