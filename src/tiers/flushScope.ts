import type { CopyPlanner } from './copyPlanner.js';
import type { PagePlaces } from './pagePlaces.js';
import type { PageRecords } from './pageRecords.js';
import type { StoredPage } from './tier.js';

/** The pages that one flush is about: those that were not on disk at the call, or were leaving it. Pure. */
export class FlushScope {
  readonly #records: PageRecords;
  readonly #places: PagePlaces;
  readonly #copies: CopyPlanner;
  readonly #pages: readonly StoredPage[];
  /** Those before it are through: on disk, gone, or not to get there now. */
  #next = 0;

  constructor(records: PageRecords, places: PagePlaces, copies: CopyPlanner) {
    this.#records = records;
    this.#places = places;
    this.#copies = copies;
    const pages: StoredPage[] = [];
    for (const handle of records.all()) if (!places.disk.isHere(handle)) pages.push(records.page(handle));
    this.#pages = pages;
  }

  /** Whether some of the pages may still get to the disk, or leave it, without anything else happening. */
  isUnderWay(): boolean {
    for (; this.#next < this.#pages.length; this.#next += 1) {
      const page = this.#pages[this.#next]!;
      if (!this.#isThere(page)) continue;
      if (this.#places.disk.isMoving(page.handle) || this.#copies.isComing(page.handle)) return true;
    }
    return false;
  }

  /** Pages that no disk holds. */
  countInMemory(): number {
    const { disk } = this.#places;
    const isInMemory = (page: StoredPage) =>
      this.#isThere(page) && this.#places.isWhole(page.handle) && !disk.isHere(page.handle);
    return this.#pages.filter(isInMemory).length;
  }

  /** Handles of pages that went are given to others. */
  #isThere({ handle, id }: StoredPage): boolean {
    return this.#records.find(id) === handle;
  }
}
