import type { Queries } from './attentionKernel.js';

/** What the queries see of one block, from positions alone. */
export type Visibility = 'all' | 'some' | 'none';

type Seeing = Pick<Queries, 'position' | 'tokens' | 'window'>;

export function visibilityOf(queries: Seeing, block: number, blockTokens: number): Visibility {
  const start = block * blockTokens;
  const end = start + blockTokens;
  const last = queries.position + queries.tokens - 1;
  const oldestOfFirst = oldestKey(queries, queries.position);
  if (start > last || end <= oldestOfFirst) return 'none';
  if (end - 1 <= queries.position && start >= oldestKey(queries, last)) return 'all';
  return 'some';
}

/**
 * Writes 1 where a token sees a key of the block and 0 elsewhere, as `[tokens][blockTokens]`, and marks in
 * `absent` the tokens that see nothing of it.
 */
export function writeMask(
  queries: Seeing,
  block: number,
  blockTokens: number,
  mask: Float32Array,
  absent: Uint8Array,
): void {
  mask.fill(0, 0, queries.tokens * blockTokens);
  for (let token = 0; token < queries.tokens; token += 1) {
    const { from, to } = seenRows(queries, queries.position + token, block, blockTokens);
    absent[token] = to > from ? 0 : 1;
    if (to > from) mask.fill(1, token * blockTokens + from, token * blockTokens + to);
  }
}

/** The rows of the block's page that a query at `position` sees: from `from` up to `to`; none where `to <= from`. */
export function seenRows(
  queries: Pick<Seeing, 'window'>,
  position: number,
  block: number,
  blockTokens: number,
): { readonly from: number; readonly to: number } {
  const start = block * blockTokens;
  return {
    from: Math.max(0, oldestKey(queries, position) - start),
    to: Math.min(blockTokens, position + 1 - start),
  };
}

/** The position of the oldest key that a query at `position` sees. */
function oldestKey(queries: Pick<Seeing, 'window'>, position: number): number {
  return queries.window === null ? 0 : Math.max(0, position - queries.window + 1);
}
