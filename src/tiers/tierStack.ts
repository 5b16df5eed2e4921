import type { BlockKey } from '../core/blockKey.js';
import type { PageId } from '../core/pageId.js';
import type { PolicyKind } from '../core/policyKind.js';
import type { PrefetchFigures } from '../core/prefetchFigures.js';
import type { ShadowFigures } from '../core/shadowFigures.js';
import type { TierName } from '../core/tierName.js';
import type { TierStats } from '../core/tierStats.js';
import type { NamedPolicy } from '../policy/namedPolicy.js';
import type { RetentionPolicy } from '../policy/policy.js';
import type { RequestKind } from '../policy/policyColumns.js';
import type { PageHost } from '../transfer/pageHost.js';
import type { AttentionWeights } from './attentionWeights.js';
import type { PageHandle } from './pageHandle.js';
import type { PageRequest } from './pageRequest.js';
import type { TierPolicyFigures } from './policyFigures.js';

/** `load`: a step needs it now. `prefetch`: a later step will; it never takes the last staging slots. */
export type LoadPriority = 'load' | 'prefetch';

export interface LoadOptions {
  readonly priority: LoadPriority;
  readonly signal?: AbortSignal;
}

/** `loadNow`: every slot is in use; one that is given back may serve. */
export const noSlotNow = -1;
/** `loadNow`: only `load` can bring the page. */
export const notInMemory = -2;
/** `loadNow`: it crosses the link, and who asked will be told when it has landed. */
export const onItsWay = -3;

/** A page that was `onItsWay` lies in `slot`, in use, after `ms`; or did not come: `notInMemory`. */
export type Landed = (slot: number, ms: number) => void;

/** No tier can take one more page: a bound is reached and nothing may go. */
export interface StackFull {
  readonly kind: 'full';
  /** The last tier, the one that would have had to take the page. */
  readonly tier: TierName;
  readonly neededBytes: number;
  readonly budgetBytes: number;
}

/** A zeroed device slot. */
export type TailOutcome = { readonly kind: 'slot'; readonly slot: number } | StackFull;

export type LoadOutcome =
  /** In `slot` of the device until `doneWith(slot)`; `from` is where it was found. */
  | {
      readonly kind: 'hit';
      readonly slot: number;
      readonly from: TierName;
      readonly bytes: number;
      readonly ms: number;
    }
  /** No tier holds the page (any more). */
  | { readonly kind: 'miss' }
  /** The stored bytes were wrong; the copy is removed and counted. */
  | { readonly kind: 'corrupt' }
  /** The read did not succeed; the copy may still be good. */
  | { readonly kind: 'failed'; readonly cause: unknown }
  | { readonly kind: 'cancelled' };

/** How raising a page to pinned memory ended. */
export type RaiseOutcome =
  /** It was only on disk and lies in pinned memory now. */
  | { readonly kind: 'raised' }
  /** It is in memory already. */
  | { readonly kind: 'here' }
  | { readonly kind: 'miss' }
  /** Nothing in pinned memory may make way for it. */
  | { readonly kind: 'full' }
  /** The stored bytes were wrong; the copy is removed and counted. */
  | { readonly kind: 'corrupt' }
  /** The read did not succeed; the copy may still be good. */
  | { readonly kind: 'failed'; readonly cause: unknown }
  | { readonly kind: 'cancelled' };

export type FlushEnd =
  /** All pages that were whole at the call would survive a power loss. */
  | { readonly kind: 'flushed' }
  /**
   * `pagesInMemory` of them lie in memory only: the disk is full of what may not go, takes no more, or is not
   * there at all. So a stack without a disk that holds any page always answers this.
   */
  | { readonly kind: 'partly'; readonly pagesInMemory: number };

export type RemoveEnd =
  /** No tier has it any more, and no restart brings it back. */
  | { readonly kind: 'removed' }
  | { readonly kind: 'absent' }
  /** A live sequence, a pin, a reader or a move holds it; nothing changed. */
  | { readonly kind: 'held' }
  /** No tier shows it any more, but the disk refused, and a restart may bring it back. */
  | { readonly kind: 'failed'; readonly cause: unknown };

/** Where a page can be read from: `disk` when it is in no memory of this worker. */
export type PagePlace = 'memory' | 'disk' | 'nowhere';

/** Called when a page is first whole anywhere on the worker, and when its last copy is gone. */
export type InventoryListener = (change: {
  readonly kind: 'added' | 'removed';
  readonly page: PageId;
}) => void;

/** What is known about one page of a block. */
export interface PageHistory {
  readonly layer: number;
  /** Tiers that hold a whole copy. */
  readonly tiers: readonly TierName[];
  /** A live sequence holds it. */
  readonly live: boolean;
  /** What happened to it of late, oldest first. */
  readonly events: readonly {
    /** Milliseconds since the Unix epoch. */
    readonly atMs: number;
    readonly text: string;
  }[];
}

/**
 * All pages of one worker, over its tiers. Single-threaded: called from the worker's main thread. A page
 * is seen only once it is whole. Nothing here rejects or throws but for bugs: what can go wrong is an outcome.
 * What it lends as a `PageHost` stays in its place; give everything back before `close`, which waits for it.
 */
export interface TierStack extends PageHost {
  /** A request that pages are to be held for, with a number that no other has for long. */
  request(kind: RequestKind, chain?: () => readonly BlockKey[]): PageRequest;
  /** It holds and seals no more. */
  ended(request: PageRequest): void;
  /**
   * A zeroed device slot for the growing page of a layer. Makes room by residency and waits for what a
   * step has in use or for a victim's copy below; so take tails before `use` or `load` pin pages.
   */
  takeTail(layer: number): Promise<TailOutcome>;
  /** Gives a tail's slot back unsealed. */
  dropTail(slot: number): void;
  /**
   * The tail in `slot` is whole: it becomes the page `page`, block number `blockIndex` of its sequence.
   * The caller holds the page afterwards and has no more right to the slot. Copies to lower tiers start.
   * `present`: the page was known already; the slot was freed or became its device copy.
   */
  seal(
    slot: number,
    page: PageId,
    blockIndex: number,
    request?: PageRequest,
  ): { readonly kind: 'sealed' | 'present'; readonly handle: PageHandle };

  /** Whether a whole copy of the page is anywhere on this worker. */
  has(page: PageId): boolean;
  whereIs(page: PageId): PagePlace;
  /** Speed of loads from disk to the device as measured of late, or null. */
  readonly loadBytesPerMs: number | null;
  /** A live sequence needs the page: until `letGo` it may move between tiers but not leave the worker. */
  hold(
    page: PageId,
    request?: PageRequest,
  ): { readonly kind: 'held'; readonly handle: PageHandle } | { readonly kind: 'missing' };
  /** Whether a live sequence holds the page that has the handle. */
  isHeld(handle: PageHandle): boolean;
  /** Ends a hold. Let the deepest block go first: what was let go last stays cached longest. */
  letGo(handle: PageHandle): void;
  /** Ends a hold because the page left the sequence's window: once unheld it goes first from every tier. */
  outOfWindow(handle: PageHandle): void;

  /** How much attention pages get, for a residency that wants to know. */
  readonly attention: AttentionWeights;

  /** If the page is on the device, pins it there until `doneWith(slot)` and counts the access. */
  use(handle: PageHandle): { readonly kind: 'resident'; readonly slot: number } | { readonly kind: 'absent' };
  /**
   * Brings a page that lies in memory to the device now: gives its slot (pinned until `doneWith`), or, with
   * nothing changed, `noSlotNow` or `notInMemory`; the latter also while loads are queued before it. Ask
   * in the order in which pages will be read. Allocates nothing.
   * @param landed where pages take their time on the link, `onItsWay` is answered, and it is told once in a later
   * turn; without it such a page is `notInMemory`.
   */
  loadNow(handle: PageHandle, landed?: Landed): number;
  /**
   * Brings the page to the device, to stay if residency admits it, else into a staging slot, for which it
   * waits. Requests of one priority get slots in the order in which they were made, so ask in the order
   * in which pages will be read. Pinned until `doneWith(slot)`, once for each caller.
   */
  load(handle: PageHandle, options: LoadOptions): Promise<LoadOutcome>;
  /** The kernel has read the page: one `use` or `load` of it ends. */
  doneWith(slot: number): void;

  /** Brings a page that is only on disk to pinned memory. Two who ask for one page, or borrow it, make one read. */
  raise(page: PageId, priority: LoadPriority, signal: AbortSignal): Promise<RaiseOutcome>;
  /** Takes the page out of every tier. The inventory hears of it in the same turn. */
  remove(page: PageId): Promise<RemoveEnd>;

  /** What was brought up before anybody asked. */
  readonly prefetched: { readonly figures: PrefetchFigures };
  /** What the policies that are watched beside the live one saw; null where there are none. */
  shadowFigures(): ShadowFigures | null;
  /** Which policy each tier has now. */
  policies(): readonly TierPolicyFigures[];
  /**
   * Changes a policy, to one of ours by its name or to any other retention, while the stack is in use; no page is
   * dropped. Rejects with KvError `invalid` for a name that
   * is none, `internal` where the policy failed before it took over: then the one before goes on.
   */
  setPolicy(kind: PolicyKind, given: string | NamedPolicy<RetentionPolicy>): Promise<void>;

  /** The blocks that the coordinator keeps from being dropped; replaces the set before. */
  setPinnedBlocks(blocks: Iterable<BlockKey>): void;
  /** Told of every change from now on; the answer unsubscribes. */
  onInventory(listener: InventoryListener): () => void;
  /** All pages that are whole somewhere now. */
  inventory(): Iterable<PageId>;
  stats(): readonly TierStats[];
  /** The pages of a block that this worker knows, or of late knew, by layer. */
  explain(block: BlockKey): readonly PageHistory[];
  /**
   * Starts the copies to disk that policies put off or refused, and waits for all that are due or under way then, and for
   * removals, until they would survive a power loss. Pages that cannot get there now are not waited for, but counted.
   */
  flush(): Promise<FlushEnd>;
  /**
   * Waits for what is lent or reserved, flushes and closes the disk. The slabs stay with the caller. Loads
   * that wait are cancelled.
   */
  close(): Promise<void>;
}
