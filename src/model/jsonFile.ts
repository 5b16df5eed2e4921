import { readFileSync, statSync } from 'node:fs';
import { KvError } from '../core/errors.js';
import { isMissing } from '../core/isMissing.js';
import { jsonErrorOffset } from './jsonError.js';

/** No config, index or tokenizer that we know of comes near this. */
const jsonBytesMax = 256 * 2 ** 20;

/**
 * Reads a JSON file.
 * @throws KvError `notFound` when it is missing, `invalid` when it cannot be read or is no JSON; the
 * message names the file and the place.
 */
export function readJsonFile(path: string): unknown {
  let source: string;
  try {
    const { size } = statSync(path);
    if (size > jsonBytesMax) {
      throw new KvError(
        'invalid',
        `${path} has ${size} bytes; a file of this kind has at most ${jsonBytesMax}`,
      );
    }
    source = readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof KvError) throw error;
    if (isMissing(error)) throw new KvError('notFound', `${path} does not exist`, { cause: error });
    throw new KvError('invalid', `${path} cannot be read: ${KvError.from(error).message}`, { cause: error });
  }
  return parseJson(source, path);
}

/** @throws KvError `invalid` that says where in `what` the text stops being JSON. */
export function parseJson(source: string, what: string): unknown {
  try {
    return JSON.parse(source) as unknown;
  } catch (error) {
    const before = source.slice(0, jsonErrorOffset(source));
    const line = before.split('\n').length;
    const column = before.length - before.lastIndexOf('\n');
    const place = `position ${before.length} (line ${line}, column ${column})`;
    throw new KvError('invalid', `${what} is no JSON: it breaks off at ${place}`, { cause: error });
  }
}
