import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { KvError } from '../core/errors.js';
import { byteTokenizer, byteVocabulary } from './byteTokenizer.js';
import { FileTokenizer } from './fileTokenizer.js';
import { noTokenizer } from './noTokenizer.js';
import type { Tokenizer } from './tokenizer.js';

/**
 * The tokenizer of a model folder: its tokenizer.json, or bytes where there is none and the vocabulary has
 * 256 tokens, or one that refuses.
 * @throws KvError `invalid` for a broken file, `unsupported` for a kind that the library does not know.
 */
export function openTokenizer(folder: string, vocabulary: number): Tokenizer {
  const path = join(folder, 'tokenizer.json');
  if (existsSync(path)) {
    const configPath = join(folder, 'tokenizer_config.json');
    const config = existsSync(configPath) ? readObject(configPath) : {};
    return new FileTokenizer(readObject(path), config, path);
  }
  return vocabulary === byteVocabulary ? byteTokenizer : noTokenizer(folder, vocabulary);
}

function readObject(path: string): object {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new KvError('invalid', `${path} is no JSON that can be read`, { cause: error });
  }
  if (typeof value === 'object' && value !== null) return value;
  throw new KvError('invalid', `${path} holds no object`);
}
