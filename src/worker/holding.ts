import type { BlockSpan } from '../core/blockSpan.js';
import type { LayerAttention } from '../core/geometry.js';
import type { PageId } from '../core/pageId.js';
import type { GivenSpans } from './givenSpans.js';

/** A sealed page that a step reads, in the order in which the kernel wants them. */
export interface PlannedPage {
  readonly page: PageId;
  /** Index of the block in its sequence. */
  readonly block: number;
}

/** Which sealed blocks `[first, end)` of one layer a sequence holds. */
export interface Holding {
  readonly layer: number;
  readonly attention: LayerAttention;
  /** Of all blocks known, by block. */
  readonly pages: PlannedPage[];
  first: number;
  end: number;
  /** Blocks in between that an approximate mode has let go. */
  readonly gone: Set<number>;
}

/** The pages of a span that are with this shard. @param given which ones of full layers are with others. */
export function ownPages(
  { attention, pages }: Holding,
  span: BlockSpan,
  given: GivenSpans,
): readonly PlannedPage[] {
  if (attention.kind !== 'full') return pages.slice(span.first, span.end);
  const [from, ...others] = given.outside(span).map(({ first, end }) => pages.slice(first, end));
  // Copies whole arrays: a long sequence has tens of thousands of pages, and flatMap takes them one by one.
  return from === undefined ? [] : from.concat(...others);
}
