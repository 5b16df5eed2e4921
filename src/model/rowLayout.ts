/** A matrix call never has one row: a single token is computed as two. */
export function rowsOf(tokens: number): number {
  return Math.max(2, tokens);
}

export interface QueryLayout {
  readonly tokens: number;
  /** Tokens as computed, see {@link rowsOf}. */
  readonly rows: number;
  readonly kvHeads: number;
  readonly group: number;
  readonly headDim: number;
}

/** Of q `[kvHeads][rows * group][headDim]` the last token's, as `[kvHeads][max(2, group)][headDim]`. */
export function lastTokenQueries(q: Float32Array, layout: QueryLayout): Float32Array {
  const { tokens, rows, kvHeads, group, headDim } = layout;
  const kept = Math.max(2, group);
  const values = new Float32Array(kvHeads * kept * headDim);
  const length = group * headDim;
  for (let head = 0; head < kvHeads; head += 1) {
    const from = (head * rows + tokens - 1) * length;
    const token = q.subarray(from, from + length);
    for (let to = 0; to < kept * headDim; to += length) values.set(token, head * kept * headDim + to);
  }
  return values;
}

/**
 * Attention of one token, `[kvHeads][rows][headDim]`, as the next graph reads it:
 * `[kvHeads][2][group * headDim]` with the token twice.
 */
export function spreadAttention(
  merged: Float32Array,
  layout: Pick<QueryLayout, 'rows' | 'kvHeads' | 'group' | 'headDim'>,
): Float32Array {
  const { rows, kvHeads, group, headDim } = layout;
  const length = group * headDim;
  const values = new Float32Array(kvHeads * 2 * length);
  for (let head = 0; head < kvHeads; head += 1) {
    const token = merged.subarray(head * rows * headDim, head * rows * headDim + length);
    values.set(token, head * 2 * length);
    values.set(token, (head * 2 + 1) * length);
  }
  return values;
}

/** The last of `tokens` rows of `hidden`, twice. */
export function lastRowTwice(hidden: Float32Array, tokens: number, width: number): Float32Array {
  const values = new Float32Array(2 * width);
  const row = hidden.subarray((tokens - 1) * width, tokens * width);
  values.set(row, 0);
  values.set(row, width);
  return values;
}
