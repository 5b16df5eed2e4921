import type { PageId } from '../core/pageId.js';
import type { PageHandle } from '../tiers/pageHandle.js';

/** A page that a step reads: where the table files it, and what it is called when it turns out to be gone. */
export interface StepPage {
  readonly handle: PageHandle;
  readonly page: PageId;
  readonly block: number;
}
