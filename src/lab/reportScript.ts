import { readFileSync } from 'node:fs';
import { KvError } from '../core/errors.js';

/** Browsers cannot run TypeScript: from source, the built file is taken. */
function scriptUrl(): URL {
  const built = import.meta.url.endsWith('.ts') ? '../../dist/lab/page/main.js' : './page/main.js';
  return new URL(built, import.meta.url);
}

/**
 * The JavaScript of a report, its plot library within.
 * @throws KvError `internal` when the build left it out.
 */
export function reportScript(): string {
  try {
    return readFileSync(scriptUrl(), 'utf8');
  } catch (cause) {
    throw new KvError('internal', 'the script of the report is missing; build it with "npm run build"', {
      cause,
    });
  }
}
