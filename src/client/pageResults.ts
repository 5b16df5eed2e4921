import type { BlockKey } from '../core/blockKey.js';
import type { KvError } from '../core/errors.js';
import type { LayerRange } from '../core/layerRange.js';
import type { PageId } from '../core/pageId.js';
import type { PageView } from '../core/pageView.js';
import type { WorkerId } from '../core/plan.js';
import type { LentPage } from '../transfer/lane.js';

/**
 * A page to store. K and V are each `[kvHeads][blockTokens][headDim]` of the geometry's dtype,
 * little-endian, without gaps, in any view; they may not change before the page's result is there.
 */
export interface PageToPut extends PageId {
  /** Number of the block in its sequence, 0 for the first: of blocks that nobody needs deep ones go first. */
  readonly blockIndex: number;
  readonly k: ArrayBufferView;
  readonly v: ArrayBufferView;
  /** xxh64 over K, then over V with the first as its seed. Computed when it is not given. */
  readonly checksum?: bigint;
}

/** Where the bytes of a page go: K and V, each as long as the geometry says. */
export interface PageBuffers {
  readonly k: ArrayBufferView;
  readonly v: ArrayBufferView;
}

/** What may keep any page from coming or going. */
export type PageTrouble =
  /** No worker of the layer could be reached within the tries or the deadline; nothing is known of the page. */
  | { readonly kind: 'unavailable'; readonly page: PageId; readonly cause: KvError }
  /** The worker has reached a bound and stayed there; nothing changed. Ask again after `retryAfterMs`. */
  | { readonly kind: 'throttled'; readonly page: PageId; readonly retryAfterMs: number };

export type GetResult =
  /** The page's bytes, verified, in the buffers of `into` or in new ones. */
  | ({
      readonly kind: 'hit';
      readonly form: 'copied';
      readonly page: PageId;
      readonly blockIndex: number;
      readonly checksum: bigint;
    } & PageView)
  /** With `lend`: the page where it lies in the worker's memory. Release it soon. */
  | { readonly kind: 'hit'; readonly form: 'lent'; readonly page: PageId; readonly lent: LentPage }
  /** No worker has the page. */
  | { readonly kind: 'miss'; readonly page: PageId }
  /** What is stored, or what came, does not match its checksum. What is in the buffers of `into` is no page. */
  | { readonly kind: 'corrupt'; readonly page: PageId; readonly reason: string }
  | PageTrouble;

export type PutResult =
  | { readonly kind: 'stored'; readonly page: PageId }
  /** It was there already; what was given is not compared with it. */
  | { readonly kind: 'present'; readonly page: PageId }
  /** No tier of the worker has room: everything there is held or pinned. */
  | { readonly kind: 'full'; readonly page: PageId }
  /** What arrived does not match the checksum. */
  | { readonly kind: 'corrupt'; readonly page: PageId; readonly reason: string }
  | PageTrouble;

export type ExistsResult =
  /** At least one worker has the whole page. */
  | { readonly kind: 'present'; readonly page: PageId }
  | { readonly kind: 'absent'; readonly page: PageId }
  /** No worker that was reached has it, and at least one of its layer could not be asked. */
  | { readonly kind: 'unavailable'; readonly page: PageId; readonly cause: KvError };

/** A worker that a call to all workers did not reach. */
export interface UnreachedWorker {
  readonly worker: WorkerId;
  readonly cause: KvError;
}

/** Of a call to all workers. */
interface ToAllWorkers {
  /** Ready workers that did not answer, of a flush those that are not ready too; what they hold is as it was, or not known. */
  readonly unreached: readonly UnreachedWorker[];
}

export interface RemoveResult extends ToAllWorkers {
  readonly removedPages: number;
  /** Pages that a sequence, a reader or a pin holds: they stay. */
  readonly heldPages: number;
}

export interface PrefetchResult extends ToAllWorkers {
  /** Brought from disk to memory. */
  readonly raisedPages: number;
  /** In memory already. */
  readonly herePages: number;
  /** Known to no worker that was reached. */
  readonly missingPages: number;
  /** There was no room above. */
  readonly refusedPages: number;
}

export type FlushResult =
  /** All that was stored before the call would survive a power loss. */
  | { readonly kind: 'flushed' }
  /** Not so on the workers that were not reached, nor for pages that lie in memory only on the others. */
  | ({ readonly kind: 'partly'; readonly unflushedPages: number } & ToAllWorkers);

export interface LookupResult {
  /** Blocks of the longest prefix that decoding can go on from, in all layers. */
  readonly blocks: number;
  /** The same in tokens. */
  readonly tokens: number;
  /** The keys of all whole blocks that were looked up, in order; the first `blocks` are usable. */
  readonly keys: readonly BlockKey[];
  /** The longest usable prefix of each layer range by itself. */
  readonly stages: readonly { readonly layers: LayerRange; readonly blocks: number }[];
}

/** One page of a block on one worker. */
export interface PageExplanation {
  readonly layer: number;
  /** Tiers that hold a whole copy now; none when it is gone. */
  readonly tiers: readonly string[];
  /** A sequence that is open holds it. */
  readonly live: boolean;
  /** What happened to it of late, oldest first: when it came, why it moved, why it was dropped. */
  readonly events: readonly {
    /** Milliseconds since the Unix epoch, by the worker's clock. */
    readonly atMs: number;
    readonly text: string;
  }[];
}

export interface BlockExplanation extends ToAllWorkers {
  readonly workers: readonly {
    readonly worker: WorkerId;
    readonly layers: LayerRange;
    readonly pages: readonly PageExplanation[];
  }[];
}
