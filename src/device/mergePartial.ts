/** A partial that a merge owns: `[rows][headDim]` and `[rows]`, or room for more. */
export interface PartialBuffer {
  readonly o: Float32Array;
  readonly lse: Float32Array;
}

/**
 * Merges a second partial into `target`, row by row: the one place where attention over two sets of keys
 * becomes attention over both. Symmetric in its two sides, bit for bit. Sums are made in float64 and
 * rounded once; a row with lse -Infinity is absent and leaves the other side untouched.
 */
export function mergePartial(
  target: PartialBuffer,
  o: Float32Array,
  oStart: number,
  lse: Float32Array,
  lseStart: number,
  rows: number,
  headDim: number,
): void {
  const targetO = target.o;
  const targetLse = target.lse;
  for (let row = 0; row < rows; row += 1) {
    const left = targetLse[row]!;
    const right = lse[lseStart + row]!;
    if (right === Number.NEGATIVE_INFINITY) continue;
    const to = row * headDim;
    const from = oStart + to;
    if (left === Number.NEGATIVE_INFINITY) {
      for (let i = 0; i < headDim; i += 1) targetO[to + i] = o[from + i]!;
      targetLse[row] = right;
      continue;
    }
    // The larger side's exponential is exp(0), exactly 1.
    const isLeftLarger = left >= right;
    const smaller = Math.exp(isLeftLarger ? right - left : left - right);
    const sum = 1 + smaller;
    const leftWeight = (isLeftLarger ? 1 : smaller) / sum;
    const rightWeight = (isLeftLarger ? smaller : 1) / sum;
    targetLse[row] = (isLeftLarger ? left : right) + Math.log(sum);
    for (let i = 0; i < headDim; i += 1) {
      targetO[to + i] = targetO[to + i]! * leftWeight + o[from + i]! * rightWeight;
    }
  }
}
