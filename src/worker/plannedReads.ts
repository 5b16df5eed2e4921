import type { AttentionMode } from '../core/attentionMode.js';
import type { BlockSpan } from '../core/blockSpan.js';
import { isSinkOrRecent } from '../policy/sinkPages.js';
import type { Holding, PlannedPage } from './holding.js';

/** What one layer reads in a step, its growing page aside. */
export interface PlannedReads {
  readonly pages: readonly PlannedPage[];
  /** Sealed blocks that the layer's queries would see and that an approximate mode leaves out, in order. */
  readonly leftOut: readonly BlockSpan[];
}

export interface ReadingStep {
  readonly mode: AttentionMode;
  /** A prefill reads what is there, whatever the mode. */
  readonly isDecode: boolean;
  /** Of the first query that reads. */
  readonly position: number;
}

const nothing: readonly BlockSpan[] = [];

/** @param own all that the queries see of the layer. */
export function plannedReads(
  { attention, gone }: Holding,
  own: readonly PlannedPage[],
  { mode, isDecode, position }: ReadingStep,
  blockTokens: number,
): PlannedReads {
  const sinks = mode.kind === 'sinks' && isDecode ? mode : null;
  if (attention.kind !== 'full' || (sinks === null && gone.size === 0))
    return { pages: own, leftOut: nothing };
  const isRead = ({ block }: PlannedPage) =>
    !gone.has(block) && (sinks === null || isSinkOrRecent(sinks, blockTokens, block, position));
  const leftOut = spansOf(own.filter((page) => !isRead(page)).map(({ block }) => block));
  return { pages: own.filter(isRead), leftOut };
}

/** Blocks in ascending order, those that follow each other as one span. */
export function spansOf(blocks: Iterable<number>): BlockSpan[] {
  const spans: { first: number; end: number }[] = [];
  for (const block of blocks) {
    const last = spans.at(-1);
    if (last?.end === block) last.end += 1;
    else spans.push({ first: block, end: block + 1 });
  }
  return spans;
}
