/** How the query heads of a model share its KV heads. */
export interface HeadLayout {
  readonly heads: number;
  readonly kvHeads: number;
  readonly headDim: number;
}

/** Rows a KV head for so many tokens: never one, because one row alone gets other bits. */
export function queryRows(tokens: number, { heads, kvHeads }: HeadLayout): number {
  return Math.max(2, (tokens * heads) / kvHeads);
}

/**
 * Queries `[tokens][heads][headDim]` as kernels read them: `[kvHeads][rows][headDim]`, by token, then by query
 * head of the group. A single row is there twice.
 */
export function rowsOfQueries(q: Float32Array, tokens: number, layout: HeadLayout): Float32Array {
  const { heads, kvHeads, headDim } = layout;
  const rows = queryRows(tokens, layout);
  const values = new Float32Array(kvHeads * rows * headDim);
  const group = (heads / kvHeads) * headDim;
  for (let head = 0; head < kvHeads; head += 1) {
    const start = head * rows * headDim;
    for (let token = 0; token < tokens; token += 1) {
      const from = (token * kvHeads + head) * group;
      values.set(q.subarray(from, from + group), start + token * group);
    }
    if (tokens * group < rows * headDim) values.copyWithin(start + group, start, start + group);
  }
  return values;
}

/** Of what kernels give for each row, `[kvHeads][rows][width]`, that of each query: `[tokens][heads][width]`. */
export function queriesOfRows(
  values: Float32Array,
  tokens: number,
  width: number,
  layout: HeadLayout,
): Float32Array {
  const { heads, kvHeads } = layout;
  const rows = queryRows(tokens, layout);
  const group = (heads / kvHeads) * width;
  const answers = new Float32Array(tokens * heads * width);
  for (let head = 0; head < kvHeads; head += 1) {
    for (let token = 0; token < tokens; token += 1) {
      const from = head * rows * width + token * group;
      answers.set(values.subarray(from, from + group), (token * kvHeads + head) * group);
    }
  }
  return answers;
}
