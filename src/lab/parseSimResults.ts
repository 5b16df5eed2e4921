import type { z } from 'zod';
import { KvError } from '../core/errors.js';
import { namedRuns } from './namedRuns.js';
import { type SimResults, simResultsSchema } from './simResults.js';

const advice = 'give what kvtide sim --json printed';

/**
 * Reads what `kvtide sim --json` printed: the whole text, or its last line where others stand before it. Runs that
 * differ in more than retention have the other names in that of their policy.
 * @param source what to call it in errors, such as the file's name.
 * @throws KvError `invalid`, in one line.
 */
export function parseSimResults(text: string, source: string): SimResults {
  const trimmed = text.trim();
  if (trimmed === '') throw new KvError('invalid', `${source} is empty; ${advice}`);
  const value = jsonOf(trimmed) ?? jsonOf(trimmed.slice(trimmed.lastIndexOf('\n') + 1));
  if (value === undefined) throw new KvError('invalid', `${source} is no JSON; ${advice}`);
  const parsed = simResultsSchema.safeParse(value);
  if (parsed.success) return { ...parsed.data, runs: namedRuns(parsed.data.runs) };
  const [issue] = parsed.error.issues;
  throw new KvError('invalid', `${source} is no result of kvtide sim: ${reasonOf(issue)}; ${advice}`);
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function reasonOf(issue: z.core.$ZodIssue | undefined): string {
  if (issue === undefined) return 'not valid';
  const place = issue.path.length === 0 ? '' : `${issue.path.join('.')}: `;
  return `${place}${issue.message}`;
}
