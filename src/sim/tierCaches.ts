import { KvError } from '../core/errors.js';
import type { AdmissionPolicy, PlacementPolicy } from '../policy/policy.js';
import { BlockCache } from './blockCache.js';
import { NumberedBlocks } from './numberedBlocks.js';
import { ReplayColumns } from './replayColumns.js';
import type { TierCounter } from './tierCounter.js';
import type { TierPolicies, TierReplayOptions } from './tierReplayOptions.js';
import type { Trace } from './trace.js';

/** What tiers have a block fits in one word. */
const tiersMax = 31;
const msPerSecond = 1000;

/** A tier below the first: whether it takes what is offered, and what that policy may know of blocks by their numbers. */
interface Admission {
  readonly policy: AdmissionPolicy;
  readonly columns: ReplayColumns;
}

/**
 * The tiers of a replay, each under a retention policy of its own. What is computed or loaded comes into the
 * first. Placement says whether it has copies in the tiers below at once, or goes down when it has to leave; in
 * the second case what is loaded leaves the tier that it was loaded from. Every tier below takes what its
 * admission wants. A victim with a copy elsewhere is dropped; the last copy is offered to the next tier down, and
 * gone where that refuses it.
 */
export class TierCaches {
  /** What loading a block takes, by tier, in ms. */
  readonly loadMs: readonly number[];
  readonly #caches: readonly BlockCache[];
  /** By tier; null for the first. */
  readonly #admissions: readonly (Admission | null)[];
  readonly #placement: PlacementPolicy;
  readonly #counter: TierCounter;
  readonly #blocks: NumberedBlocks;
  readonly #depth: Uint32Array;
  /** `[uniqueBlocks]`: a bit for each tier that has the block. */
  readonly #tiersOf: Uint32Array;

  /** @throws KvError `invalid` when there are too many tiers; what the factories throw. */
  constructor(trace: Trace, policies: TierPolicies, options: TierReplayOptions, counter: TierCounter) {
    const { tiers, blockBytes: bytes, recomputeTokensPerSecond } = options;
    if (tiers.length > tiersMax) {
      throw new KvError('invalid', `${tiers.length} tiers are more than ${tiersMax}`);
    }
    const { uniqueBlocks } = trace;
    const recomputeMsPerToken = msPerSecond / recomputeTokensPerSecond;
    this.loadMs = tiers.map(({ bytesPerSecond, latencyMs }, at) =>
      at === 0 ? 0 : latencyMs + (bytes / bytesPerSecond) * msPerSecond,
    );
    this.#caches = tiers.map(({ capacity }, at) => {
      const costs = { bytes, loadMs: this.loadMs[at + 1] ?? 0, recomputeMsPerToken };
      return new BlockCache(trace, policies.retention, { capacity, costs });
    });
    this.#blocks = new NumberedBlocks(uniqueBlocks);
    this.#depth = new Uint32Array(uniqueBlocks);
    this.#tiersOf = new Uint32Array(uniqueBlocks);
    this.#counter = counter;
    this.#admissions = tiers.map(({ capacity }, at) => {
      if (at === 0) return null;
      const columns = new ReplayColumns(trace, this.#blocks, {
        bytes,
        loadMs: this.loadMs[at]!,
        recomputeMsPerToken,
      });
      return { columns, policy: policies.admission(columns, capacity) };
    });
    const costs = { bytes, loadMs: this.loadMs[1] ?? 0, recomputeMsPerToken };
    const columns = this.#admissions[1]?.columns ?? new ReplayColumns(trace, this.#blocks, costs);
    this.#placement = policies.placement(columns, tiers[0]?.capacity ?? 0);
  }

  /** The fastest tier that has the block, or -1. */
  tierOf(block: number): number {
    const tiers = this.#tiersOf[block]!;
    return 31 - Math.clz32(tiers & -tiers);
  }

  /** A request uses a block, which is in the first tier from then on. @param parent the block before it, or -1. */
  use(block: number, parent: number, depth: number, request: number): void {
    this.#blocks.parent[block] = parent;
    this.#depth[block] = depth;
    for (const admission of this.#admissions) {
      admission?.columns.writeBlock(block, request, depth);
      admission?.policy.asked(block);
    }
    const fastest = this.tierOf(block);
    const copies = fastest < 0 ? this.#placement.sealed(block) : this.#placement.used(block);
    const moves = fastest > 0 && copies === 'leaving';
    if (moves) this.#remove(fastest, block);
    this.#access(block, request);
    if (fastest !== 0) this.#insert(0, block, request);
    if (copies === 'now') this.#copyBelow(block, request);
  }

  #has(tier: number, block: number): boolean {
    return ((this.#tiersOf[block]! >>> tier) & 1) === 1;
  }

  #remove(tier: number, block: number): void {
    const cache = this.#caches[tier]!;
    cache.remove(cache.find(block));
    this.#tiersOf[block]! &= ~(1 << tier);
  }

  /** Every tier that has it hears of it. */
  #access(block: number, request: number): void {
    for (let tier = 0; tier < this.#caches.length; tier += 1) {
      if (!this.#has(tier, block)) continue;
      const cache = this.#caches[tier]!;
      cache.access(cache.find(block), this.#parentIn(cache, block), request);
    }
  }

  #copyBelow(block: number, request: number): void {
    for (let tier = 1; tier < this.#caches.length; tier += 1) {
      if (!this.#has(tier, block) && this.#admits(tier, block)) this.#insert(tier, block, request);
    }
  }

  #admits(tier: number, block: number): boolean {
    return this.#admissions[tier]?.policy.admit(block, !this.#caches[tier]!.isFull) === 'admit';
  }

  #insert(tier: number, block: number, request: number): void {
    const cache = this.#caches[tier]!;
    // Said before the victim goes: a copy below that makes way for it is not the last one.
    this.#tiersOf[block]! |= 1 << tier;
    if (cache.isFull) this.#leave(tier, cache.evict(-1), request);
    cache.insert(block, this.#parentIn(cache, block), request, this.#depth[block]!);
    if (tier > 0) this.#counter.wrote(tier);
  }

  #leave(tier: number, victim: number, request: number): void {
    this.#tiersOf[victim]! &= ~(1 << tier);
    this.#admissions[tier]?.policy.left(victim);
    const isLast = this.#tiersOf[victim] === 0;
    if (isLast && tier + 1 < this.#caches.length && this.#admits(tier + 1, victim)) {
      this.#insert(tier + 1, victim, request);
    }
  }

  #parentIn(cache: BlockCache, block: number): number {
    const parent = this.#blocks.parent[block]!;
    return parent < 0 ? -1 : cache.find(parent);
  }
}
