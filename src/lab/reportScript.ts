import { readFileSync } from 'node:fs';
import { KvError } from '../core/errors.js';

/** Browsers cannot run TypeScript: the built file is taken, two levels up from src/ and from dist/ alike. */
const script = new URL('../../dist/lab/page/main.js', import.meta.url);

/**
 * The JavaScript of a report, its plot library within.
 * @throws KvError `internal` when the build left it out.
 */
export function reportScript(): string {
  try {
    return readFileSync(script, 'utf8');
  } catch (cause) {
    throw new KvError('internal', 'the script of the report is missing; build it with "npm run build"', {
      cause,
    });
  }
}
