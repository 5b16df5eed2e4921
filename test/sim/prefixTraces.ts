import fc from 'fast-check';
import { buildTrace } from '../../src/sim/simulator.js';
import type { Trace } from '../../src/sim/trace.js';

/** Few short requests over a tree of prefixes of two symbols: small enough to try every decision. */
export const smallPrefixTrace: fc.Arbitrary<Trace> = fc
  .array(fc.string({ unit: fc.constantFrom('a', 'b'), minLength: 1, maxLength: 3 }), {
    minLength: 1,
    maxLength: 7,
  })
  .map(traceOfWords);

/** A request a word, a block a prefix of it. */
export function traceOfWords(words: readonly string[]): Trace {
  const ids = new Map<string, number>();
  const idOf = (prefix: string): number => {
    const id = ids.get(prefix) ?? ids.size;
    ids.set(prefix, id);
    return id;
  };
  return buildTrace(
    words.map((word, at) => ({
      timeMs: at,
      inputTokens: word.length,
      outputTokens: 0,
      kind: 'prefill' as const,
      blocks: Array.from(word, (_, end) => idOf(word.slice(0, end + 1))),
    })),
    1,
  );
}

/** The blocks of each request. */
export function requestsOf({ requests, firstAccess, blocks }: Trace): number[][] {
  return Array.from({ length: requests }, (_, request) => [
    ...blocks.subarray(firstAccess[request]!, firstAccess[request + 1]!),
  ]);
}
