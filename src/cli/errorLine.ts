import { KvError } from '../core/errors.js';

/** The prefix of the one line that a failed command leaves on stderr. */
export const errorPrefix = 'kvtide: ';

/**
 * What a failed command prints: one line. Only a bug of ours (`internal`) may add its stack, when asked.
 */
export function errorText(thrown: unknown, verbose: boolean): string {
  const error = KvError.from(thrown);
  const line = `${errorPrefix}${error.message.replace(/\s*\n\s*/g, ' ').trim()}`;
  if (error.kind !== 'internal' || !verbose) return `${line}\n`;
  const cause = error.cause instanceof Error ? error.cause : error;
  return `${line}\n${cause.stack ?? ''}\n`;
}
