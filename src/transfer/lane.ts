import type { KvError } from '../core/errors.js';
import type { PageId } from '../core/pageId.js';
import type { PageView } from '../core/pageView.js';
import type { LaneKind } from './laneKind.js';

/** What a page is known by beside its bytes. */
export interface PageSeal {
  /** Number of its block in the sequence; 0 is the first. */
  readonly blockIndex: number;
  /** transfer/checksum.ts */
  readonly checksum: bigint;
}

/** A whole page on its way to somebody. Its bytes may not change before the answer. */
export interface SealedPage extends PageSeal {
  readonly id: PageId;
  readonly view: PageView;
}

/** What may come of any page asked for or given over a lane, beside success. */
export type LaneTrouble =
  /** The other side cannot be reached, or did not answer as it should; nothing is known of the page. */
  | { readonly kind: 'unavailable'; readonly cause: KvError }
  /** A named bound of the other side is reached; nothing changed. */
  | { readonly kind: 'throttled'; readonly retryAfterMs: number };

export type LaneGet =
  /** The bytes asked for, verified. */
  | ({ readonly kind: 'hit' } & PageSeal)
  | { readonly kind: 'miss' }
  /** What is stored, or what came, is not the page. */
  | { readonly kind: 'corrupt'; readonly reason: string }
  | LaneTrouble;

export type LanePut =
  | { readonly kind: 'stored' }
  /** It was there already; what was given is not compared with it. */
  | { readonly kind: 'present' }
  /** No tier has room: everything there is held or pinned. */
  | { readonly kind: 'full' }
  /** The bytes that arrived do not match the checksum given. */
  | { readonly kind: 'corrupt'; readonly reason: string }
  | LaneTrouble;

/**
 * A page read where it lies, in memory of the process that holds it. The bytes are read-only: writing to
 * them ends this process. Give it back soon; after `leaseMs` the other side takes the slot back by itself.
 */
export interface LentPage extends PageSeal {
  readonly id: PageId;
  readonly leaseMs: number;
  /**
   * Runs `use` over the bytes. Its value counts only when the slot was lent all the time: `expired` means
   * that the bytes may have been another page's and the value is dropped.
   */
  read<T>(
    use: (view: PageView) => T,
  ): { readonly kind: 'read'; readonly value: T } | { readonly kind: 'expired' };
  /** Whether the bytes are those that the checksum was made of. */
  verify(): 'right' | 'wrong' | 'expired';
  /** Gives it back; more than once is once. */
  release(): void;
}

export type LaneLend = { readonly kind: 'lent'; readonly page: LentPage } | Exclude<LaneGet, { kind: 'hit' }>;

/** Whole pages and their bytes, counted since the lane was opened. */
export interface LaneFigures {
  readonly gotPages: number;
  readonly gotBytes: number;
  readonly putPages: number;
  readonly putBytes: number;
  readonly lentPages: number;
}

/**
 * One way to move pages between this process and one worker; several calls may be under way at once, and
 * beyond the lane's window they wait. After the connection broke every call answers `unavailable`: whoever
 * uses the lane opens another. Nothing rejects but with the reason of an aborted signal.
 */
export interface Lane {
  readonly kind: LaneKind;
  /** host:port of the worker's gRPC server, which is how peers are named. */
  readonly peer: string;
  readonly figures: LaneFigures;
  /** Whether calls can still succeed. */
  readonly isOpen: boolean;
  /** Copies the page into `into`, whose parts have the geometry's size, and verifies it there. */
  get(id: PageId, into: PageView, signal?: AbortSignal): Promise<LaneGet>;
  put(page: SealedPage, signal?: AbortSignal): Promise<LanePut>;
  /** Lends the page; null where the lane has no memory in common. */
  readonly lend: ((id: PageId, signal?: AbortSignal) => Promise<LaneLend>) | null;
  /** Calls under way answer `unavailable`. */
  close(): Promise<void>;
}
