import type { RetentionFactory } from '../policy/policy.js';
import { BlockCache, type BlockCacheOptions } from './blockCache.js';
import type { ReplayCounts } from './replayCounts.js';
import type { Trace } from './trace.js';

/** Accesses whose places are looked at together. */
const accessesAhead = 32;

/**
 * A trace in one cache under one retention policy. Every block of a prompt is admitted in order: one that is
 * there is accessed, one that is not takes the place of a victim when the cache is full.
 */
export class CacheReplay {
  readonly #trace: Trace;
  readonly #cache: BlockCache;
  /** Accesses before this one were glanced at. */
  #glanced = 0;
  #seen = 0;

  /** @throws KvError `invalid` when the capacity is none; what the factory throws. */
  constructor(trace: Trace, factory: RetentionFactory, options: BlockCacheOptions) {
    this.#trace = trace;
    this.#cache = new BlockCache(trace, factory, options);
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
      if (end > this.#glanced) this.#glanceAhead(first);
      // Up to the first miss nothing is inserted, so nothing went since the request began.
      const leading = this.#accessLeading(request, first, end);
      prefixHits += leading;
      hits += leading;
      if (first + leading < end) hits += this.#accessRest(request, first + leading, end);
    }
    return { accesses: firstAccess[to]! - firstAccess[from]!, hits, prefixHits };
  }

  #glanceAhead(from: number): void {
    this.#glanced = Math.min(from + accessesAhead, this.#trace.blocks.length);
    this.#seen ^= this.#cache.glance(from, this.#glanced);
  }

  /** @returns how many blocks from the first on are in. */
  #accessLeading(request: number, first: number, end: number): number {
    const { blocks } = this.#trace;
    const cache = this.#cache;
    let parent = -1;
    for (let at = first; at < end; at += 1) {
      const handle = cache.find(blocks[at]!);
      if (handle < 0) return at - first;
      cache.access(handle, parent, request);
      parent = handle;
    }
    return end - first;
  }

  /** @returns the hits from `begin`, the first miss, to the end of the request. */
  #accessRest(request: number, begin: number, end: number): number {
    const { blocks, firstAccess } = this.#trace;
    const cache = this.#cache;
    const first = firstAccess[request]!;
    let hits = 0;
    let parent = begin === first ? -1 : cache.find(blocks[begin - 1]!);
    for (let at = begin; at < end; at += 1) {
      const block = blocks[at]!;
      let handle = cache.find(block);
      if (handle >= 0) {
        hits += 1;
        cache.access(handle, parent, request);
      } else {
        if (cache.isFull) cache.evict(parent);
        handle = cache.insert(block, parent, request, at - first);
      }
      parent = handle;
    }
    return hits;
  }
}
