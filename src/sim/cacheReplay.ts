import { KvError } from '../core/errors.js';
import type { RetentionFactory, RetentionPolicy } from '../policy/policy.js';
import { BlockHandles } from './blockHandles.js';
import { type BlockCosts, defaultBlockCosts, ReplayColumns } from './replayColumns.js';
import type { ReplayCounts } from './replayCounts.js';
import type { Trace } from './trace.js';

const nothingProtected = (): boolean => false;

export interface CacheReplayOptions {
  /** Blocks that fit. */
  readonly capacity: number;
  readonly costs?: BlockCosts;
}

/**
 * One cache of `capacity` blocks under one retention policy. Every block of a prompt is admitted in order:
 * one that is there is accessed, one that is not takes the place of a victim when the cache is full.
 * What a policy may know is written before it is told.
 */
export class CacheReplay {
  readonly #trace: Trace;
  /** Blocks that are in at most; no more than there are. */
  readonly #places: number;
  readonly #handles: BlockHandles;
  readonly #columns: ReplayColumns;
  readonly #policy: RetentionPolicy;
  #held = 0;

  /** @throws KvError `invalid` when the capacity is none; what the factory throws. */
  constructor(trace: Trace, factory: RetentionFactory, { capacity, costs }: CacheReplayOptions) {
    if (!Number.isInteger(capacity) || capacity < 1) {
      throw new KvError('invalid', `a capacity of ${capacity} blocks is none; give a whole number from 1`);
    }
    this.#trace = trace;
    this.#places = Math.max(1, Math.min(capacity, trace.uniqueBlocks));
    this.#handles = new BlockHandles(this.#places);
    this.#columns = new ReplayColumns(trace, this.#handles, costs ?? defaultBlockCosts);
    this.#policy = factory(this.#columns, capacity);
  }

  /** Bytes of the columns and of what finds handles; those of the policy are its own. */
  get byteLength(): number {
    return this.#columns.byteLength + this.#handles.byteLength;
  }

  /**
   * Replays requests `from` to before `to`; each once, in order.
   * @throws KvError `invalid` when the policy gives no victim; what the policy throws.
   */
  replay(from = 0, to = this.#trace.requests): ReplayCounts {
    let hits = 0;
    let prefixHits = 0;
    const { firstAccess } = this.#trace;
    for (let request = from; request < to; request += 1) {
      const first = firstAccess[request]!;
      const end = firstAccess[request + 1]!;
      // Up to the first miss nothing is inserted, so nothing went since the request began.
      const leading = this.#accessLeading(request, first, end);
      prefixHits += leading;
      hits += leading;
      if (first + leading < end) hits += this.#accessRest(request, first + leading, end);
    }
    return { accesses: firstAccess[to]! - firstAccess[from]!, hits, prefixHits };
  }

  /** @returns how many blocks from the first on are in. */
  #accessLeading(request: number, first: number, end: number): number {
    const { blocks } = this.#trace;
    let parent = -1;
    for (let at = first; at < end; at += 1) {
      const handle = this.#handles.find(blocks[at]!);
      if (handle < 0) return at - first;
      this.#access(handle, parent, request);
      parent = handle;
    }
    return end - first;
  }

  /** @returns the hits from `begin`, the first miss, to the end of the request. */
  #accessRest(request: number, begin: number, end: number): number {
    const { blocks, firstAccess } = this.#trace;
    const first = firstAccess[request]!;
    let hits = 0;
    let parent = begin === first ? -1 : this.#handles.find(blocks[begin - 1]!);
    for (let at = begin; at < end; at += 1) {
      const block = blocks[at]!;
      let handle = this.#handles.find(block);
      if (handle >= 0) {
        hits += 1;
        this.#access(handle, parent, request);
      } else {
        if (this.#held === this.#places) this.#evict(parent);
        handle = this.#insert(block, parent, request, at - first);
      }
      parent = handle;
    }
    return hits;
  }

  #access(handle: number, parent: number, request: number): void {
    // A block that comes behind itself has no parent: ids that name prefixes never do.
    if (this.#handles.parent[handle] !== parent && parent !== handle) this.#handles.setParent(handle, parent);
    this.#columns.writeRequest(handle, request);
    this.#policy.access(handle);
  }

  #insert(block: number, parent: number, request: number, depth: number): number {
    const handle = this.#handles.enter(block, parent);
    this.#columns.writeBlock(handle, request, depth);
    this.#held += 1;
    this.#policy.insert(handle);
    return handle;
  }

  /** @param parent what the next block comes behind: its handle stays, even if it is the victim. */
  #evict(parent: number): void {
    const eviction = this.#policy.evict(1, nothingProtected);
    const victim = eviction.kind === 'victims' ? eviction.handles[0] : undefined;
    if (victim === undefined) throw new KvError('invalid', 'the policy gave no victim when asked for one');
    this.#handles.leave(victim, parent);
    this.#held -= 1;
  }
}
