import { KvError } from '../core/errors.js';

/**
 * What LMDB calls a file that is not as it wrote it: page not found, corrupted, panic, version, invalid, and
 * flags of a table that are not those it was made with.
 */
const lmdbDamage: readonly unknown[] = [-30797, -30796, -30795, -30794, -30793, -30784];

/**
 * Whether an error met while a store is opened says that what is stored is damaged, and not that the system
 * could not do what was asked now. Reading past the end of damaged bytes is a RangeError.
 */
export function isDamage(cause: unknown): boolean {
  if (cause instanceof KvError) return cause.kind === 'corrupt';
  if (cause instanceof RangeError) return true;
  return cause instanceof Error && 'code' in cause && lmdbDamage.includes(cause.code);
}
