import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { KvError } from '../core/errors.js';

/** The model that comes with the package. */
export const demoModel = fileURLToPath(new URL('../../models/tiny-dts', import.meta.url));

/** The declarations of node:fs, a real and long text that every checkout has. */
function declarationsOfFs(): string {
  try {
    return join(dirname(createRequire(import.meta.url).resolve('@types/node/package.json')), 'fs.d.ts');
  } catch (cause) {
    throw new KvError(
      'notFound',
      'the text of the demo, node_modules/@types/node/fs.d.ts, is not installed; give another with --prompt-file',
      { cause },
    );
  }
}

/**
 * The first bytes of the demo's text; every byte is a token of the model.
 * @throws KvError `notFound` or `invalid` that names the file.
 */
export function readDemoText(promptFile: string | undefined, bytesMax: number): readonly number[] {
  const path = promptFile ?? declarationsOfFs();
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(path);
  } catch (cause) {
    throw new KvError('notFound', `--prompt-file: ${path} cannot be read: ${KvError.from(cause).message}`, {
      cause,
    });
  }
  if (bytes.length === 0) throw new KvError('invalid', `--prompt-file: ${path} is empty`);
  return Array.from(bytes.subarray(0, bytesMax));
}
