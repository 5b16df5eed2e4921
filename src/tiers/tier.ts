import type { PageId } from '../core/pageId.js';
import type { PageView } from '../core/pageView.js';
import type { TierName } from '../core/tierName.js';
import type { PageHandle } from './pageHandle.js';

/** A page as every tier of a worker knows it. */
export interface StoredPage {
  /** Tiers file the page under this. */
  readonly handle: PageHandle;
  readonly id: PageId;
  /** Number of its block in the sequence that sealed it; 0 is the first. */
  readonly blockIndex: number;
  /** transfer/checksum.ts, computed at sealing. */
  readonly checksum: bigint;
}

/** Room for one page that nobody sees yet. Ends with `completeStore`. */
export interface StoreLease {
  readonly page: StoredPage;
  /** Brings the bytes in, once. They may not change before `completeStore` has settled. */
  write(from: PageView): void;
}

export type StoreStart =
  | { readonly kind: 'ready'; readonly lease: StoreLease }
  /** The tier holds the page, or is about to. */
  | { readonly kind: 'present' }
  /** The budget has no room for it. */
  | { readonly kind: 'full' }
  /** The tier takes no more pages until it is opened anew. */
  | { readonly kind: 'readOnly' };

export type StoreEnd =
  | { readonly kind: 'stored' }
  /** The caller said that it did not succeed: the page does not exist, its room is free. */
  | { readonly kind: 'dropped' }
  /** The medium is full, whatever the budget says. The page does not exist. */
  | { readonly kind: 'full' }
  | { readonly kind: 'failed'; readonly cause: unknown };

export type ReadOutcome =
  /**
   * `convertedTo`: the tier keeps pages less precisely, and this is the checksum of what was read. It may be
   * that of the page already.
   */
  | { readonly kind: 'read'; readonly convertedTo?: bigint }
  /** The medium holds no such record. */
  | { readonly kind: 'miss' }
  /** What is stored is not the page. It is removed from the tier. */
  | { readonly kind: 'corrupt'; readonly reason: string }
  /** The read did not succeed; the page may still be good. */
  | { readonly kind: 'failed'; readonly cause: unknown };

/** How reading a page as it lies, without decoding it, ended. */
export type EncodedRead =
  | { readonly kind: 'read' /** Of the encoded bytes. */; readonly encodedChecksum: bigint }
  | Exclude<ReadOutcome, { kind: 'read' }>;

/** A whole page that stays in the tier until `completeLoad`. */
export interface LoadLease {
  readonly page: StoredPage;
  /** Copies the page out. On anything but `read` the bytes in `into` mean nothing. */
  read(into: PageView): ReadOutcome | Promise<ReadOutcome>;
}

export type LoadStart = { readonly kind: 'hit'; readonly lease: LoadLease } | { readonly kind: 'miss' };

/** `busy`: a lease holds it; nothing changed. */
export type RemoveOutcome =
  | { readonly kind: 'removed' | 'absent' | 'busy' }
  /** The tier shows it no more, but the medium may still hold it. */
  | { readonly kind: 'failed'; readonly cause: unknown };

/**
 * One place that pages lie in. The caller decides what is stored and removed; the tier keeps its budget,
 * shows a page only once it is whole, and keeps what a lease holds. Nothing rejects but for bugs.
 */
export interface Tier {
  readonly name: TierName;
  readonly budgetBytes: number;
  /** Never above the budget; room that leases hold counts. */
  readonly usedBytes: number;
  /** Whole pages. */
  readonly pages: number;
  /** Whether the page is here and whole. */
  has(page: StoredPage): boolean;
  prepareStore(page: StoredPage): StoreStart;
  /** Makes the page visible when `ok`, and forgets it otherwise. */
  completeStore(lease: StoreLease, ok: boolean): StoreEnd | Promise<StoreEnd>;
  prepareLoad(page: StoredPage): LoadStart;
  completeLoad(lease: LoadLease): void;
  remove(page: StoredPage): RemoveOutcome | Promise<RemoveOutcome>;
}
