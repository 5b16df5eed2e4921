import type { RetentionFactory } from '../policy/policy.js';
import { BlockCache } from './blockCache.js';
import { firstCounted, type Trace, tokensOfBlock } from './trace.js';

/** A tier, the fastest first. What is in the first is used where it lies; from the others it is loaded. */
export interface SimTier {
  readonly name: string;
  /** Blocks that fit. */
  readonly capacity: number;
  readonly bytesPerSecond: number;
  /** Of each block that is loaded, in ms. */
  readonly latencyMs: number;
}

export interface TierReplayOptions {
  readonly tiers: readonly SimTier[];
  readonly blockBytes: number;
  readonly recomputeTokensPerSecond: number;
  /** Whether generated tokens count among those of a request. */
  readonly countOutput: boolean;
  /** Share of the requests that is replayed uncounted; the tiers are kept. */
  readonly warmup: number;
}

export interface TierCounts {
  readonly tier: string;
  /** Blocks that were found here. */
  readonly hits: number;
  /** Loaded from here, and written to here from above. */
  readonly readBytes: number;
  readonly writtenBytes: number;
}

export interface TierReplayResult {
  readonly accesses: number;
  readonly hits: number;
  /** Blocks at the start of a request that were all in some tier before it began, and not dearer to load than to compute. */
  readonly prefixHits: number;
  readonly tokens: number;
  readonly prefixHitTokens: number;
  readonly tiers: readonly TierCounts[];
  /** Time to the first token of each request that counts, in ms: loads, then what is left to compute. */
  readonly ttftMs: Float64Array;
  /** Time in which loads were waited for, in ms. */
  readonly stallMs: number;
  /** Time in which prompts were computed, in ms. */
  readonly computeMs: number;
}

const msPerSecond = 1000;

/**
 * A trace in several tiers, each under a policy of its own of the same kind. A block is in one tier: computed
 * or loaded, it comes into the first; its victim goes to the next one down, and that of the last is gone.
 * Requests do not wait for one another. A block whose load would take longer than computing it is computed.
 * @throws what the policy throws.
 */
export function tierReplay(
  trace: Trace,
  factory: RetentionFactory,
  options: TierReplayOptions,
): TierReplayResult {
  return new TierReplay(trace, factory, options).run();
}

class TierReplay {
  readonly #trace: Trace;
  readonly #options: TierReplayOptions;
  readonly #caches: readonly BlockCache[];
  readonly #loadMs: readonly number[];
  /** What came before a block when it was seen last, and how deep it lay. */
  readonly #parentOf: Int32Array;
  readonly #depthOf: Uint32Array;
  readonly #hits: number[];
  readonly #reads: number[];
  readonly #writes: number[];
  #isCounted = false;

  constructor(trace: Trace, factory: RetentionFactory, options: TierReplayOptions) {
    const { tiers, blockBytes: bytes, recomputeTokensPerSecond } = options;
    this.#trace = trace;
    this.#options = options;
    this.#loadMs = tiers.map(({ bytesPerSecond, latencyMs }, at) =>
      at === 0 ? 0 : latencyMs + (bytes / bytesPerSecond) * msPerSecond,
    );
    this.#caches = tiers.map(({ capacity }, at) => {
      const recomputeMsPerToken = msPerSecond / recomputeTokensPerSecond;
      return new BlockCache(trace, factory, {
        capacity,
        costs: { bytes, loadMs: this.#loadMs[at + 1] ?? 0, recomputeMsPerToken },
      });
    });
    this.#parentOf = new Int32Array(trace.uniqueBlocks).fill(-1);
    this.#depthOf = new Uint32Array(trace.uniqueBlocks);
    this.#hits = tiers.map(() => 0);
    this.#reads = tiers.map(() => 0);
    this.#writes = tiers.map(() => 0);
  }

  run(): TierReplayResult {
    const { requests, firstAccess, inputTokens, outputTokens } = this.#trace;
    const { tiers, blockBytes, warmup, countOutput, recomputeTokensPerSecond } = this.#options;
    const counted = firstCounted(this.#trace, warmup);
    const ttftMs = new Float64Array(requests - counted);
    const sums = { prefixHits: 0, tokens: 0, prefixHitTokens: 0, stallMs: 0, computeMs: 0 };
    for (let request = 0; request < requests; request += 1) {
      this.#isCounted = request >= counted;
      const prefix = this.#loadPrefix(request);
      this.#keepRest(request, prefix.blocks);
      if (!this.#isCounted) continue;
      const input = inputTokens[request]!;
      const computeMs = (Math.max(0, input - prefix.tokens) * msPerSecond) / recomputeTokensPerSecond;
      ttftMs[request - counted] = prefix.loadMs + computeMs;
      sums.prefixHits += prefix.blocks;
      sums.prefixHitTokens += prefix.tokens;
      sums.tokens += input + (countOutput ? outputTokens[request]! : 0);
      sums.stallMs += prefix.loadMs;
      sums.computeMs += computeMs;
    }
    return {
      accesses: firstAccess[requests]! - firstAccess[counted]!,
      hits: this.#hits.reduce((sum, hits) => sum + hits, 0),
      ...sums,
      tiers: tiers.map(({ name }, at) => ({
        tier: name,
        hits: this.#hits[at]!,
        readBytes: this.#reads[at]! * blockBytes,
        writtenBytes: this.#writes[at]! * blockBytes,
      })),
      ttftMs,
    };
  }

  /** Uses the blocks from the first on that are somewhere and worth their load. */
  #loadPrefix(request: number): {
    readonly blocks: number;
    readonly tokens: number;
    readonly loadMs: number;
  } {
    const { blocks, firstAccess, inputTokens, blockTokens } = this.#trace;
    const { recomputeTokensPerSecond } = this.#options;
    const first = firstAccess[request]!;
    let tokens = 0;
    let loadMs = 0;
    let at = first;
    for (; at < firstAccess[request + 1]!; at += 1) {
      const tier = this.#tierOf(blocks[at]!);
      if (tier < 0) break;
      const blockTokensHere = tokensOfBlock(blockTokens, inputTokens[request]!, at - first);
      if (this.#loadMs[tier]! > (blockTokensHere * msPerSecond) / recomputeTokensPerSecond) break;
      if (this.#isCounted) {
        this.#hits[tier]! += 1;
        if (tier > 0) this.#reads[tier]! += 1;
      }
      loadMs += this.#loadMs[tier]!;
      tokens += blockTokensHere;
      this.#touch(blocks[at]!, at === first ? -1 : blocks[at - 1]!, at - first, tier, request);
    }
    return { blocks: at - first, tokens: Math.min(tokens, inputTokens[request]!), loadMs };
  }

  /** What was computed anew comes into the first tier; a copy below is of no use then. */
  #keepRest(request: number, leading: number): void {
    const { blocks, firstAccess } = this.#trace;
    const first = firstAccess[request]!;
    for (let at = first + leading; at < firstAccess[request + 1]!; at += 1) {
      const tier = this.#tierOf(blocks[at]!);
      if (tier >= 0 && this.#isCounted) this.#hits[tier]! += 1;
      this.#touch(blocks[at]!, at === first ? -1 : blocks[at - 1]!, at - first, tier, request);
    }
  }

  #tierOf(block: number): number {
    return this.#caches.findIndex((cache) => cache.find(block) >= 0);
  }

  #touch(block: number, parent: number, depth: number, tier: number, request: number): void {
    this.#parentOf[block] = parent;
    this.#depthOf[block] = depth;
    const cache = this.#caches[0]!;
    if (tier === 0) {
      cache.access(cache.find(block), parent < 0 ? -1 : cache.find(parent), request);
      return;
    }
    const below = tier < 0 ? undefined : this.#caches[tier];
    below?.remove(below.find(block));
    this.#put(0, block, request);
  }

  /** Into a tier, whose victim goes to the next. */
  #put(tier: number, block: number, request: number): void {
    const cache = this.#caches[tier];
    if (cache === undefined) return;
    const parent = this.#parentOf[block]!;
    if (cache.isFull) this.#put(tier + 1, cache.evict(-1), request);
    cache.insert(block, parent < 0 ? -1 : cache.find(parent), request, this.#depthOf[block]!);
    if (tier > 0 && this.#isCounted) this.#writes[tier]! += 1;
  }
}
