import { KvError } from '../core/errors.js';

/**
 * @param length tokens that the sequence has.
 * @throws KvError `invalid` for a step that does not go on from there, or that is not of one block.
 */
export function checkFollows(
  { position, tokens }: { readonly position: number; readonly tokens: number },
  length: number,
  blockTokens: number,
): void {
  if (position !== length) {
    throw new KvError(
      'invalid',
      `a step at position ${position} was sent, but the sequence has ${length} tokens`,
    );
  }
  if (tokens < 1 || (position % blockTokens) + tokens > blockTokens) {
    throw new KvError(
      'invalid',
      `a step of ${tokens} tokens at position ${position} does not fit into one block of ${blockTokens}`,
    );
  }
}
