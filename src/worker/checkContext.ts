import { KvError } from '../core/errors.js';

/** @throws KvError `invalid` when a sequence would have more than `maxTokens` tokens; without it there is no bound. */
export function checkContext(tokens: number, maxTokens: number | undefined): void {
  if (maxTokens === undefined || tokens <= maxTokens) return;
  throw new KvError(
    'invalid',
    `a step would take the sequence to ${tokens} tokens, and the longest context here is ${maxTokens}`,
    { context: { maxTokens } },
  );
}
