import type { PageHandle } from './pageHandle.js';
import type { PagePlaces } from './pagePlaces.js';
import type { PageRecords } from './pageRecords.js';

/** A page of pinned memory that lies on disk too and that nobody reads, of the longest unused block that has one. */
export function copiedPage({ pinned, disk }: PagePlaces, records: PageRecords): PageHandle | null {
  let found: PageHandle | null = null;
  pinned.retention.visitUnused((block) => {
    records.forEachPage(block, (handle) => {
      if (pinned.isHere(handle) && disk.isHere(handle) && !pinned.isRead(handle)) found = handle;
    });
    return found === null ? 'more' : 'enough';
  });
  return found;
}
