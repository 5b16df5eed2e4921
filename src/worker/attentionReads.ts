import type { AttentionMode } from '../core/attentionMode.js';
import { KvError } from '../core/errors.js';
import { isSinkOrRecent } from '../policy/sinkPages.js';
import type { PageHandle } from '../tiers/pageHandle.js';
import type { JobApproximation } from './approximation.js';
import { pageStamp } from './pageStamp.js';
import { spansOf } from './plannedReads.js';
import type { StepPage } from './stepPage.js';

/** Which pages the queries of one layer read, or are chosen from when they are known. */
export interface AttentionReads {
  readonly pages: readonly StepPage[];
  /** Pages that are left out whatever the queries are. */
  readonly leftOut: readonly PageHandle[];
  /** Null in exact mode. */
  readonly approximation: JobApproximation | null;
}

/**
 * @param pages sealed ones of a full layer that the queries see.
 * @param position of the first query. @throws KvError `unsupported` for a mode that needs what came before.
 */
export function attentionReads(
  pages: readonly StepPage[],
  mode: AttentionMode,
  position: number,
  blockTokens: number,
): AttentionReads {
  switch (mode.kind) {
    case 'exact':
      return { pages, leftOut: [], approximation: null };
    case 'sinks': {
      const isRead = ({ block }: StepPage) => isSinkOrRecent(mode, blockTokens, block, position);
      const read = pages.filter(isRead);
      const unread = pages.filter((page) => !isRead(page));
      const spans = spansOf(unread.map(({ block }) => block));
      const approximation = { leftOut: [spans], bounded: null, wantsMass: false };
      return { pages: read, leftOut: unread.map(({ handle }) => handle), approximation };
    }
    case 'topPages': {
      const listed = {
        handles: Int32Array.from(pages, ({ handle }) => handle),
        stamps: Float64Array.from(pages, ({ page }) => pageStamp(page)),
      };
      const bounded = { share: mode.share, layers: [listed], sealed: [] };
      return { pages, leftOut: [], approximation: { leftOut: [[]], bounded, wantsMass: false } };
    }
    case 'heavyHitters':
      throw new KvError(
        'unsupported',
        'attention of kind heavyHitters lets pages go from step to step, and an engine asks layer by layer: ' +
          'choose exact, sinks or topPages',
      );
  }
}
