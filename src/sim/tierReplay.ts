import { TierCaches } from './tierCaches.js';
import { TierCounter, type TierCounts, type TierTraffic } from './tierCounter.js';
import type { TierPolicies, TierReplayOptions } from './tierReplayOptions.js';
import { type Trace, tokensOfBlock } from './trace.js';

export interface TierReplayResult {
  readonly accesses: number;
  readonly hits: number;
  /** Blocks at the start of a request that were all in some tier before it began, and not dearer to load than to compute. */
  readonly prefixHits: number;
  readonly tokens: number;
  readonly prefixHitTokens: number;
  readonly tiers: readonly TierCounts[];
  readonly traffic: TierTraffic;
  /** Time to the first token of each request that counts, in ms: loads, then what is left to compute. */
  readonly ttftMs: Float64Array;
  /** Time in which loads were waited for, in ms. */
  readonly stallMs: number;
  /** Time in which prompts were computed, in ms. */
  readonly computeMs: number;
}

const msPerSecond = 1000;

/**
 * A trace in several tiers (`TierCaches`). Requests do not wait for one another. A block whose load would take
 * longer than computing it is computed.
 * @throws KvError `invalid` when there are too many tiers; what the policies throw.
 */
export function tierReplay(
  trace: Trace,
  policies: TierPolicies,
  options: TierReplayOptions,
): TierReplayResult {
  return new TierReplay(trace, policies, options).run();
}

/** What the blocks at the start of a request that need not be computed come to. */
interface LoadedPrefix {
  readonly blocks: number;
  readonly tokens: number;
  readonly loadMs: number;
}

class TierReplay {
  readonly #trace: Trace;
  readonly #options: TierReplayOptions;
  readonly #counter: TierCounter;
  readonly #caches: TierCaches;

  constructor(trace: Trace, policies: TierPolicies, options: TierReplayOptions) {
    this.#trace = trace;
    this.#options = options;
    this.#counter = new TierCounter(trace, options.tiers, options);
    this.#caches = new TierCaches(trace, policies, options, this.#counter);
  }

  run(): TierReplayResult {
    const { requests, firstAccess, inputTokens, outputTokens } = this.#trace;
    const { countOutput, recomputeTokensPerSecond } = this.#options;
    const { first: counted } = this.#counter;
    const ttftMs = new Float64Array(requests - counted);
    const sums = { prefixHits: 0, tokens: 0, prefixHitTokens: 0, stallMs: 0, computeMs: 0 };
    for (let request = 0; request < requests; request += 1) {
      const isCounted = this.#counter.begin(request);
      const prefix = this.#loadPrefix(request);
      this.#keepRest(request, prefix.blocks);
      if (!isCounted) continue;
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
      hits: this.#counter.hits,
      ...sums,
      tiers: this.#counter.counts,
      traffic: this.#counter.traffic,
      ttftMs,
    };
  }

  /** Uses the blocks from the first on that are somewhere and worth their load. */
  #loadPrefix(request: number): LoadedPrefix {
    const { blocks, firstAccess, inputTokens, blockTokens } = this.#trace;
    const { recomputeTokensPerSecond } = this.#options;
    const { loadMs: loadMsOf } = this.#caches;
    const first = firstAccess[request]!;
    let tokens = 0;
    let loadMs = 0;
    let at = first;
    for (; at < firstAccess[request + 1]!; at += 1) {
      const tier = this.#caches.tierOf(blocks[at]!);
      if (tier < 0) break;
      const blockTokensHere = tokensOfBlock(blockTokens, inputTokens[request]!, at - first);
      if (loadMsOf[tier]! > (blockTokensHere * msPerSecond) / recomputeTokensPerSecond) break;
      this.#counter.hit(tier);
      if (tier > 0) this.#counter.read(tier);
      loadMs += loadMsOf[tier]!;
      tokens += blockTokensHere;
      this.#use(request, at, first);
    }
    return { blocks: at - first, tokens: Math.min(tokens, inputTokens[request]!), loadMs };
  }

  /** What was computed anew comes into the first tier, whatever is below. */
  #keepRest(request: number, leading: number): void {
    const { blocks, firstAccess } = this.#trace;
    const first = firstAccess[request]!;
    for (let at = first + leading; at < firstAccess[request + 1]!; at += 1) {
      const tier = this.#caches.tierOf(blocks[at]!);
      if (tier >= 0) this.#counter.hit(tier);
      this.#use(request, at, first);
    }
  }

  #use(request: number, at: number, first: number): void {
    const { blocks } = this.#trace;
    this.#caches.use(blocks[at]!, at === first ? -1 : blocks[at - 1]!, at - first, request);
  }
}
