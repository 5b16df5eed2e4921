/** Ids `from` up to but not including `from + count`. */
export interface TokenSpan {
  readonly from: number;
  readonly count: number;
}

/**
 * The vocabulary of the needle model. A needle is a key with a value right after it; a key at the end of the
 * context asks for the value that followed it.
 */
export const needleTokens = {
  /** The answer to a key that was never planted. */
  nothing: 0,
  keys: { from: 1, count: 32 },
  values: { from: 33, count: 32 },
  /** What the haystack is made of. */
  fillers: { from: 65, count: 191 },
  vocabulary: 256,
} as const satisfies Record<string, number | TokenSpan>;
