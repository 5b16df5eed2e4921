import { KvError } from '../core/errors.js';
import type { Tokenizer } from './tokenizer.js';

/** Stands in for a tokenizer that a model folder does not have. */
export function noTokenizer(folder: string, vocabulary: number): Tokenizer {
  return {
    kind: 'none',
    encode: () => {
      throw new KvError(
        'unsupported',
        `${folder} has no tokenizer.json, and ${vocabulary} tokens are not bytes; give tokens as numbers`,
      );
    },
    decode: () => null,
    stream: () => ({ push: () => '', end: () => '' }),
  };
}
