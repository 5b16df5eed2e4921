import { KvError } from '../core/errors.js';

/**
 * How many tokens of the growing block stay when a sequence goes back to its first `tokens` tokens.
 * @param length tokens that it has.
 * @param sealed those of them that lie in whole blocks.
 * @throws KvError `invalid` when there are not so many tokens, or when some of the rest are sealed.
 */
export function keptTailTokens(tokens: number, length: number, sealed: number): number {
  if (tokens > length) {
    throw new KvError('invalid', `cannot go back to ${tokens} tokens: the sequence has ${length}`);
  }
  if (tokens < sealed) {
    throw new KvError(
      'invalid',
      `cannot go back to ${tokens} tokens: the first ${sealed} lie in sealed blocks, which others may share; ` +
        'seek to whole blocks instead',
    );
  }
  return tokens - sealed;
}
