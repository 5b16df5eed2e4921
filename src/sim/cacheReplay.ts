import { KvError } from '../core/errors.js';
import type { RetentionFactory, RetentionPolicy } from '../policy/policy.js';
import { BlockHandles } from './blockHandles.js';
import {
  type BlockCosts,
  defaultBlockCosts,
  growColumns,
  type ReplayColumns,
  replayColumns,
} from './replayColumns.js';
import type { ReplayCounts } from './replayCounts.js';
import { type Trace, tokensOfBlock } from './trace.js';

const nothingProtected = (): boolean => false;

export interface CacheReplayOptions {
  /** Blocks that fit. */
  readonly capacity: number;
  /** Different blocks that will come; no more room than that is made. */
  readonly uniqueBlocks: number;
  readonly costs?: BlockCosts;
}

/**
 * One cache of `capacity` blocks under one retention policy. Every block of a prompt is admitted in order:
 * one that is there is accessed, one that is not takes the place of a victim when the cache is full.
 * What a policy may know is written before it is told.
 */
export class CacheReplay {
  /** Blocks that are in at most; no more than there are. */
  readonly #places: number;
  readonly #costs: BlockCosts;
  readonly #handles: BlockHandles;
  readonly #columns: ReplayColumns;
  readonly #policy: RetentionPolicy;
  #held = 0;
  /** Requests of all traces so far, and one: numbers of requests are not used again, and 0 is none. */
  #firstRequest = 1;

  /** @throws KvError `invalid` when the capacity is none; what the factory throws. */
  constructor(factory: RetentionFactory, { capacity, uniqueBlocks, costs }: CacheReplayOptions) {
    if (!Number.isInteger(capacity) || capacity < 1) {
      throw new KvError('invalid', `a capacity of ${capacity} blocks is none; give a whole number from 1`);
    }
    this.#places = Math.max(1, Math.min(capacity, uniqueBlocks));
    this.#costs = costs ?? defaultBlockCosts;
    this.#handles = new BlockHandles(this.#places);
    this.#columns = replayColumns(this.#places, this.#costs, this.#handles.parent);
    this.#policy = factory(this.#columns, capacity);
  }

  /** Bytes of the columns and of what finds handles; those of the policy are its own. */
  get byteLength(): number {
    const { parent: _, ...columns } = this.#columns;
    return Object.values(columns).reduce((sum, { byteLength }) => sum + byteLength, this.#handles.byteLength);
  }

  /**
   * Replays requests `from` to before `to`. Traces that follow on one another share their numbers of blocks.
   * @throws KvError `invalid` when the policy gives no victim; what the policy throws.
   */
  replay(trace: Trace, from = 0, to = trace.requests): ReplayCounts {
    let hits = 0;
    let prefixHits = 0;
    const { firstAccess } = trace;
    for (let request = from; request < to; request += 1) {
      const first = firstAccess[request]!;
      const end = firstAccess[request + 1]!;
      // Up to the first miss nothing is inserted, so nothing went since the request began.
      const leading = this.#accessLeading(trace, request, first, end);
      prefixHits += leading;
      hits += leading;
      if (first + leading < end) hits += this.#accessRest(trace, request, first + leading, end);
    }
    if (to === trace.requests) this.#firstRequest += trace.requests;
    return { accesses: firstAccess[to]! - firstAccess[from]!, hits, prefixHits };
  }

  /** @returns how many blocks from the first on are in. */
  #accessLeading(trace: Trace, request: number, first: number, end: number): number {
    let parent = -1;
    for (let at = first; at < end; at += 1) {
      const handle = this.#handles.find(trace.blocks[at]!);
      if (handle < 0) return at - first;
      this.#access(handle, parent, trace, request);
      parent = handle;
    }
    return end - first;
  }

  /** @returns the hits from `begin`, the first miss, to the end of the request. */
  #accessRest(trace: Trace, request: number, begin: number, end: number): number {
    const first = trace.firstAccess[request]!;
    let hits = 0;
    let parent = begin === first ? -1 : this.#handles.find(trace.blocks[begin - 1]!);
    for (let at = begin; at < end; at += 1) {
      const block = trace.blocks[at]!;
      let handle = this.#handles.find(block);
      if (handle >= 0) {
        hits += 1;
        this.#access(handle, parent, trace, request);
      } else {
        if (this.#held === this.#places) this.#evict(parent);
        handle = this.#insert(block, parent, trace, request, at - first);
      }
      parent = handle;
    }
    return hits;
  }

  #access(handle: number, parent: number, trace: Trace, request: number): void {
    // A block that comes behind itself has no parent: ids that name prefixes never do.
    if (this.#columns.parent[handle] !== parent && parent !== handle) this.#handles.setParent(handle, parent);
    this.#writeRequest(handle, trace, request);
    this.#policy.access(handle);
  }

  #insert(block: number, parent: number, trace: Trace, request: number, depth: number): number {
    const handle = this.#handles.enter(block, parent);
    const columns = this.#columns;
    if (this.#handles.room > columns.depth.length) {
      growColumns(columns, this.#handles.room, this.#costs, this.#handles.parent);
    }
    columns.keyLow[handle] = trace.keyLow[block]!;
    columns.keyHigh[handle] = trace.keyHigh[block]!;
    columns.depth[handle] = depth;
    const tokens = tokensOfBlock(trace.blockTokens, trace.inputTokens[request]!, depth);
    columns.tokens[handle] = tokens;
    columns.recomputeMs[handle] = tokens * this.#costs.recomputeMsPerToken;
    this.#writeRequest(handle, trace, request);
    this.#held += 1;
    this.#policy.insert(handle);
    return handle;
  }

  #writeRequest(handle: number, trace: Trace, request: number): void {
    const columns = this.#columns;
    columns.request[handle] = this.#firstRequest + request;
    columns.kind[handle] = trace.kind[request]!;
    columns.requestTokens[handle] = trace.inputTokens[request]!;
    columns.time[handle] = trace.timeMs[request]!;
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
