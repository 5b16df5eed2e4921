import { stat } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';
import { KvError } from '../core/errors.js';
import { guardedRetention } from '../policy/guardedRetention.js';
import type { RetentionFactory } from '../policy/policy.js';

/**
 * The default export of a module of the user's in TypeScript or JavaScript, which is then watched (`guardedRetention`).
 * A file that was changed since it was loaded last is loaded anew. The module's code runs here.
 * @param name how the policy is called in messages. @param path of a file that is there.
 * @throws KvError `invalid` when it cannot be loaded or exports no factory.
 */
export async function loadPolicyFile(name: string, path: string): Promise<RetentionFactory> {
  let exported: unknown;
  try {
    exported = await defaultExport(path);
  } catch (thrown) {
    const reason = KvError.from(thrown).message.split('\n')[0];
    throw new KvError('invalid', `the policy ${name} cannot be loaded: ${reason}`, { cause: thrown });
  }
  if (typeof exported !== 'function') {
    throw new KvError(
      'invalid',
      `the policy ${name} must export a RetentionFactory as its default: (columns, capacity) => policy`,
    );
  }
  return guardedRetention(name, exported as RetentionFactory); // what it makes is checked by the guard
}

async function defaultExport(path: string): Promise<unknown> {
  // Where Node strips types itself, it also takes .js files for modules when they look like it.
  if (Reflect.get(process.features, 'typescript')) {
    const { mtimeMs } = await stat(path);
    const module: { readonly default?: unknown } = await import(`${pathToFileURL(path).href}?${mtimeMs}`);
    return module.default;
  }
  // Costs a tenth of a second, and few have policies of their own.
  const { createJiti } = await import('jiti');
  return createJiti(import.meta.url, { fsCache: false, moduleCache: false }).import(path, { default: true });
}
