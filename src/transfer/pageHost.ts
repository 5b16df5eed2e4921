import type { PageId } from '../core/pageId.js';
import type { PageView } from '../core/pageView.js';
import type { PageSeal } from './lane.js';

/** A page that stays where it lies until `giveBack`. */
export interface PageLoan extends PageSeal {
  readonly id: PageId;
  readonly view: PageView;
  /** Its slot in the arena that other processes can map, or -1 when it lies elsewhere. */
  readonly sharedSlot: number;
  /** Count of the slot's tenants, when `sharedSlot` is one: changes before other bytes come to it. */
  readonly generation: number;
  /** Once; more is a bug. */
  giveBack(): void;
}

/** A named bound is reached; nothing changed. */
export interface HostThrottled {
  readonly kind: 'throttled';
  readonly retryAfterMs: number;
}

export type Borrow =
  | { readonly kind: 'borrowed'; readonly loan: PageLoan }
  | { readonly kind: 'miss' }
  /** The stored bytes were wrong; the copy is removed and counted. */
  | { readonly kind: 'corrupt'; readonly reason: string }
  | { readonly kind: 'failed'; readonly cause: unknown }
  | { readonly kind: 'cancelled' }
  | HostThrottled;

export type RoomEnd =
  | { readonly kind: 'stored' }
  /** What lies in the room does not match the checksum; the page does not exist. */
  | { readonly kind: 'corrupt' }
  | { readonly kind: 'full' }
  | { readonly kind: 'failed'; readonly cause: unknown };

/** Room for one page that nobody sees yet. Ends with `complete` or `abandon`, once. */
export interface PageRoom {
  /** Where the bytes go, both parts whole, before `complete`. */
  readonly view: PageView;
  /** Verifies what lies in the room against the checksum, and makes the page visible or forgets it. */
  complete(): RoomEnd | Promise<RoomEnd>;
  abandon(): void;
}

export type Reserve =
  | { readonly kind: 'room'; readonly room: PageRoom }
  | { readonly kind: 'present' }
  | { readonly kind: 'full' }
  | { readonly kind: 'failed'; readonly cause: unknown }
  | { readonly kind: 'cancelled' }
  | HostThrottled;

/**
 * What the serving end of a lane needs of who holds the pages; every lane of a worker serves one of these.
 * Answers come in the same turn where the page is in memory or room is free, so that the hot path makes no
 * promise; use `await` only on what is one. Nothing rejects or throws but for bugs.
 */
export interface PageHost {
  /** Keeps the page where it is; one that is only on disk is first brought to memory. */
  borrow(id: PageId, signal: AbortSignal): Borrow | Promise<Borrow>;
  /** Room for a page, bounded in bytes over all that is reserved and not yet completed. */
  reserve(id: PageId, seal: PageSeal, signal: AbortSignal): Reserve | Promise<Reserve>;
}
