import type { LayerAttention } from './geometry.js';

/** Blocks `first` up to but not including `end`. */
export interface BlockSpan {
  readonly first: number;
  readonly end: number;
}

/** What is left of some spans without the blocks of another. */
export function withoutSpan<Span extends BlockSpan>(
  spans: readonly Span[],
  { first, end }: BlockSpan,
): Span[] {
  return spans.flatMap((span) => {
    if (span.end <= first || span.first >= end) return [span];
    const before = { ...span, end: first };
    const after = { ...span, first: end };
    return [before, after].filter((rest) => rest.first < rest.end);
  });
}

/**
 * The blocks that the queries at positions `[position, position + tokens)` read in a layer,
 * the block that they are written to included.
 */
export function neededBlocks(
  attention: LayerAttention,
  blockTokens: number,
  position: number,
  tokens: number,
): BlockSpan {
  return seenBlocks(attention.kind === 'full' ? null : attention.window, blockTokens, position, tokens);
}

/** The same for queries that see `window` keys, or all with null. */
export function seenBlocks(
  window: number | null,
  blockTokens: number,
  position: number,
  tokens: number,
): BlockSpan {
  const oldestKey = window === null ? 0 : Math.max(0, position - window + 1);
  const last = position + tokens - 1;
  return { first: Math.floor(oldestKey / blockTokens), end: Math.floor(last / blockTokens) + 1 };
}

/** The sealed blocks that a layer must hold so that a sequence can go on at `blocks * blockTokens`. */
export function blocksToResume(attention: LayerAttention, blockTokens: number, blocks: number): BlockSpan {
  if (attention.kind === 'full' || blocks === 0) return { first: 0, end: blocks };
  const oldestKey = Math.max(0, blocks * blockTokens - attention.window + 1);
  return { first: Math.floor(oldestKey / blockTokens), end: blocks };
}

/**
 * The longest prefix, in blocks and at most `limit`, from which decoding can go on: every full layer
 * has pages 0..b-1, every window layer those that cover the last `window - 1` tokens before its end.
 * @param has whether the page of block `block` is present in layer `layer` (an index into `layers`).
 */
export function usablePrefix(
  layers: readonly LayerAttention[],
  blockTokens: number,
  limit: number,
  has: (layer: number, block: number) => boolean,
): number {
  let longest = limit;
  layers.forEach((attention, layer) => {
    if (attention.kind !== 'full') return;
    let held = 0;
    while (held < longest && has(layer, held)) held += 1;
    longest = held;
  });
  while (longest > 0 && !windowsHold(layers, blockTokens, longest, has)) longest -= 1;
  return longest;
}

function windowsHold(
  layers: readonly LayerAttention[],
  blockTokens: number,
  blocks: number,
  has: (layer: number, block: number) => boolean,
): boolean {
  return layers.every((attention, layer) => {
    if (attention.kind === 'full') return true;
    const { first, end } = blocksToResume(attention, blockTokens, blocks);
    for (let block = end - 1; block >= first; block -= 1) if (!has(layer, block)) return false;
    return true;
  });
}
