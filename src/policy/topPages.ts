/** From so many pages on the first and the newest are among them whatever their scores. */
const fixedPagesFrom = 3;

/**
 * How much attention each page may get: the mean over the rows of a softmax over the pages' bounds. A softmax a
 * row, because heads differ in how high their scores are: what one head looks at should not lose to what
 * another one scores higher without looking.
 * @param bounds `[pages][rows]`; infinite where nothing is known of a page.
 */
export function pageWeights(bounds: Float64Array, rows: number): Float64Array {
  const pages = bounds.length / rows;
  const weights = new Float64Array(pages);
  for (let row = 0; row < rows; row += 1) {
    let largest = Number.NEGATIVE_INFINITY;
    for (let at = row; at < bounds.length; at += rows) largest = Math.max(largest, bounds[at]!);
    let sum = 0;
    for (let at = row; at < bounds.length; at += rows) sum += Math.exp(bounds[at]! - largest);
    for (let page = 0; page < pages; page += 1) {
      weights[page]! += Math.exp(bounds[page * rows + row]! - largest) / (sum * rows);
    }
  }
  return weights;
}

/**
 * Marks `count` pages with the largest weights with 1, newer ones first where they are equal. Pages are in the
 * order of the sequence. The first is among them, where attention sinks are, and so is the newest.
 */
export function topPages(weights: Float64Array, count: number): Uint8Array {
  const chosen = new Uint8Array(weights.length);
  const order = Array.from(weights.keys());
  const isFixed = (page: number) =>
    count >= fixedPagesFrom && (page === 0 || page === weights.length - 1) ? 1 : 0;
  order.sort((a, b) => isFixed(b) - isFixed(a) || weights[b]! - weights[a]! || b - a);
  for (const page of order.slice(0, count)) chosen[page] = 1;
  return chosen;
}
