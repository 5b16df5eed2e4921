import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { KvError } from '../core/errors.js';
import { guardedRetention } from '../policy/guardedRetention.js';
import type { RetentionFactory } from '../policy/policy.js';
import { retentionPolicies, retentionPolicyNames } from '../policy/retentionPolicies.js';

/** Whether a policy is given as a file rather than by its name. */
export function isPolicyPath(given: string): boolean {
  return /[/\\]/.test(given) || /\.[cm]?[jt]s$/.test(given);
}

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
  let exported: unknown;
  try {
    exported = await defaultExport(path);
  } catch (thrown) {
    const reason = KvError.from(thrown).message.split('\n')[0];
    throw new KvError('invalid', `the policy ${given} cannot be loaded: ${reason}`, { cause: thrown });
  }
  if (typeof exported !== 'function') {
    throw new KvError(
      'invalid',
      `the policy ${given} must export a RetentionFactory as its default: (columns, capacity) => policy`,
    );
  }
  return guardedRetention(given, exported as RetentionFactory); // what it makes is checked by the guard
}

async function defaultExport(path: string): Promise<unknown> {
  // Where Node strips types itself, it also takes .js files for modules when they look like it.
  if (Reflect.get(process.features, 'typescript')) {
    const module: { readonly default?: unknown } = await import(pathToFileURL(path).href);
    return module.default;
  }
  // Costs a tenth of a second, and few have policies of their own.
  const { createJiti } = await import('jiti');
  return createJiti(import.meta.url, { fsCache: false, moduleCache: false }).import(path, { default: true });
}
