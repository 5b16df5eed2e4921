import type { WantedOutput } from '../model/stepTypes.js';

/** Positions of the queries that read in a layer. */
export interface ReadingQueries {
  readonly position: number;
  readonly tokens: number;
}

/**
 * In the model's last layer only the last query's output is read, unless all are verified, and in prefill
 * that goes on none.
 */
export function readingQueries(
  isLastLayer: boolean,
  { position, tokens }: ReadingQueries,
  output: WantedOutput,
): ReadingQueries | null {
  if (!isLastLayer || output === 'everyLogits') return { position, tokens };
  return output === 'none' ? null : { position: position + tokens - 1, tokens: 1 };
}
