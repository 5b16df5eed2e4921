import type { BlockKey } from '../core/blockKey.js';
import type { PageId } from '../core/pageId.js';
import type { TierName } from '../core/tierName.js';
import type { PageHandle } from './pageHandle.js';
import type { PageRequest } from './pageRequest.js';
import type { StoredPage } from './tier.js';

export type LowerTierName = Exclude<TierName, 'device'>;

export type TableEvent =
  /** The disk held the page when it was opened. */
  | { readonly kind: 'found'; readonly handle: PageHandle }
  /** All that was found has been told. */
  | { readonly kind: 'opened' }
  /** The page's tail is whole: it is a hot page, held by the sequence that sealed it. */
  | { readonly kind: 'sealed'; readonly handle: PageHandle; readonly request: PageRequest | null }
  | { readonly kind: 'tailDropped' }
  | { readonly kind: 'held'; readonly handle: PageHandle; readonly request: PageRequest | null }
  | { readonly kind: 'letGo'; readonly handle: PageHandle }
  | { readonly kind: 'leftWindow'; readonly handle: PageHandle }
  /** A load that `placeLoad` made room for ended. */
  | {
      readonly kind: 'loaded';
      readonly handle: PageHandle;
      readonly from: LowerTierName;
      readonly ok: boolean;
    }
  /** A copy asked for by `store` ended. */
  | { readonly kind: 'stored'; readonly handle: PageHandle; readonly to: LowerTierName; readonly ok: boolean }
  /** What `drop` or `remove` asked of the disk is done. */
  | { readonly kind: 'dropped'; readonly handle: PageHandle }
  /** The copy turned out to be wrong and is removed. */
  | { readonly kind: 'lost'; readonly handle: PageHandle; readonly tier: LowerTierName }
  /** The disk takes no more pages, or takes them again. */
  | { readonly kind: 'diskWritable'; readonly isWritable: boolean }
  | { readonly kind: 'pinsChanged'; readonly blocks: Iterable<BlockKey> };

export type TableEffect =
  /** Copy it down, from pinned memory where it is there, else from the device, and tell `stored`. */
  | { readonly kind: 'store'; readonly page: StoredPage; readonly to: LowerTierName }
  /** Remove the copy; from the disk, tell `dropped` when that is done. */
  | { readonly kind: 'drop'; readonly page: StoredPage; readonly from: TierName }
  /** As `drop`, but because somebody asked for it and not for want of room. */
  | { readonly kind: 'remove'; readonly page: StoredPage; readonly from: TierName }
  /** The page is whole somewhere, or nowhere any more. */
  | { readonly kind: 'added' | 'removed'; readonly id: PageId };
