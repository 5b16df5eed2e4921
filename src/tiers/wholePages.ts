import type { PageId } from '../core/pageId.js';
import type { PageTable } from './pageTable.js';

/** All pages that are whole somewhere now. */
export function* wholePages({ places, records }: PageTable): Iterable<PageId> {
  for (const handle of records.all()) {
    if (places.isWhole(handle)) yield records.page(handle).id;
  }
}
