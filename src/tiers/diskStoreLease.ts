import type { PageView } from '../core/pageView.js';
import type { LossyCopy } from './lossyCopy.js';
import type { StoredPage, StoreLease } from './tier.js';

/** Room for a page on disk, and what is to be written there. */
export class DiskStoreLease implements StoreLease {
  from: PageView | LossyCopy | null = null;

  constructor(readonly page: StoredPage) {}

  write(from: PageView): void {
    this.from = from;
  }
}
