/** A matrix call never has one row: a single token is computed as two. */
function rowsOf(tokens: number): number {
  return Math.max(2, tokens);
}

/** Which rows of a batch belong to which of its parts: the parts' tokens one after the other. */
export interface BatchRows {
  /** First row of each part. */
  readonly starts: readonly number[];
  /** Tokens of all parts. */
  readonly tokens: number;
  /** Rows as computed, see `rowsOf`; those past `tokens` repeat the last. */
  readonly rows: number;
}

export function batchRows(tokensOfParts: readonly number[]): BatchRows {
  const starts: number[] = [];
  let tokens = 0;
  for (const count of tokensOfParts) {
    starts.push(tokens);
    tokens += count;
  }
  return { starts, tokens, rows: rowsOf(tokens) };
}

/** `[rows][width]` from the parts' `[tokens][width]`, the last row again up to `rows`. */
export function joinRows(
  parts: readonly Float32Array[],
  { tokens, rows }: BatchRows,
  width: number,
): Float32Array {
  const [only] = parts;
  if (parts.length === 1 && only !== undefined && rows === tokens) return only;
  const joined = new Float32Array(rows * width);
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  const last = joined.subarray((tokens - 1) * width, tokens * width);
  for (let row = tokens; row < rows; row += 1) joined.set(last, row * width);
  return joined;
}

export interface HeadLayout {
  readonly kvHeads: number;
  /** Rows over all parts. */
  readonly rows: number;
  /** Values of one row of one KV head. */
  readonly width: number;
}

/** Of `[kvHeads][rows][width]` the rows of one part, as `[kvHeads][tokens][width]`. */
export function rowsOfPart(
  values: Float32Array,
  { kvHeads, rows, width }: HeadLayout,
  start: number,
  tokens: number,
): Float32Array {
  if (start === 0 && tokens === rows) return values;
  const part = new Float32Array(kvHeads * tokens * width);
  for (let head = 0; head < kvHeads; head += 1) {
    const from = (head * rows + start) * width;
    part.set(values.subarray(from, from + tokens * width), head * tokens * width);
  }
  return part;
}

/** Puts one part's `[kvHeads][stride][width]`, of which the first `tokens` rows count, among the rows of all. */
export function putRowsOfPart(
  part: Float32Array,
  stride: number,
  into: Float32Array,
  { kvHeads, rows, width }: HeadLayout,
  start: number,
  tokens: number,
): void {
  for (let head = 0; head < kvHeads; head += 1) {
    const from = head * stride * width;
    into.set(part.subarray(from, from + tokens * width), (head * rows + start) * width);
  }
}

/** Repeats the last of `tokens` rows of each head up to `rows`. */
export function repeatLastRow(
  values: Float32Array,
  { kvHeads, rows, width }: HeadLayout,
  tokens: number,
): void {
  for (let head = 0; head < kvHeads; head += 1) {
    const last = (head * rows + tokens - 1) * width;
    for (let row = tokens; row < rows; row += 1) {
      values.copyWithin((head * rows + row) * width, last, last + width);
    }
  }
}

/** `[kvHeads][group][headDim]` of one token as queries: a single row is doubled. */
export function tokenQueries(
  values: Float32Array,
  kvHeads: number,
  group: number,
  headDim: number,
): Float32Array {
  if (group > 1) return values;
  const doubled = new Float32Array(2 * values.length);
  for (let head = 0; head < kvHeads; head += 1) {
    const row = values.subarray(head * headDim, (head + 1) * headDim);
    doubled.set(row, 2 * head * headDim);
    doubled.set(row, (2 * head + 1) * headDim);
  }
  return doubled;
}

/** The last of `tokens` rows of `hidden`, twice. */
export function lastRowTwice(hidden: Float32Array, tokens: number, width: number): Float32Array {
  const values = new Float32Array(2 * width);
  const row = hidden.subarray((tokens - 1) * width, tokens * width);
  values.set(row, 0);
  values.set(row, width);
  return values;
}
