import { grown, uint8Column } from './grown.js';

/** Which pages the inventory was told of. */
export class AnnouncedPages {
  #isAnnounced = new Uint8Array(256);

  /** What there is to tell of a page that is whole now, or nowhere; null when it was told already. */
  change(handle: number, isWhole: boolean): 'added' | 'removed' | null {
    this.#isAnnounced = grown(this.#isAnnounced, handle, uint8Column);
    if (isWhole === (this.#isAnnounced[handle] === 1)) return null;
    this.#isAnnounced[handle] = isWhole ? 1 : 0;
    return isWhole ? 'added' : 'removed';
  }
}
