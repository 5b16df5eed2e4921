import { mix32 } from '../core/mix32.js';
import type { ShadowFigures } from '../core/shadowFigures.js';
import type { NamedPolicy } from '../policy/namedPolicy.js';
import type { RetentionPolicy } from '../policy/policy.js';
import { requestKinds } from '../policy/policyColumns.js';
import { type ShadowKey, Shadows, type ShadowUse } from '../policy/shadows.js';
import type { PageRecords } from './pageRecords.js';
import type { PageRequest } from './pageRequest.js';
import type { UseListener } from './useListener.js';

/** Share of the blocks that shadows look at, where that is enough of them. */
const shadowRateDefault = 1 / 32;
/** Blocks that shadows hold at least, so that samples say something: of smaller caches more is looked at. */
const shadowBlocksMin = 512;

export interface ShadowUsesParts {
  readonly policies: readonly NamedPolicy<RetentionPolicy>[];
  /** Blocks that fit in what the shadows stand for. */
  readonly capacityBlocks: number;
  /** Ms by a clock that does not go back. */
  readonly now: () => number;
  readonly blockTokens: number;
  /** Of a block in that cache. */
  readonly bytes: number;
}

/**
 * Lets shadows hear of a share of the blocks, always of the same ones: what hashes below the rate, in caches that
 * are as much smaller (SHARDS: Waldspurger et al., "Efficient MRC construction with SHARDS", FAST 2015).
 */
export class ShadowUses implements UseListener {
  readonly #shadows: Shadows;
  readonly #parts: ShadowUsesParts;
  readonly #rate: number;
  #ms = 0;

  constructor(parts: ShadowUsesParts) {
    const capacity = Math.max(1, parts.capacityBlocks);
    this.#parts = parts;
    this.#rate = Math.min(1, Math.max(shadowRateDefault, shadowBlocksMin / capacity));
    this.#shadows = new Shadows(Math.max(1, Math.round(capacity * this.#rate)), parts.policies);
  }

  used(records: PageRecords, block: number, request: PageRequest, wasHere: boolean): void {
    // Mixed, so that the share is the same where keys are chosen by somebody.
    if (mix32(records.keyWord(block, 0)) / 2 ** 32 >= this.#rate) return;
    const from = this.#parts.now();
    this.#shadows.use(this.#useOf(records, block, request), wasHere);
    this.#ms += this.#parts.now() - from;
  }

  ended(): void {}

  figures(): ShadowFigures {
    return this.#shadows.figures(this.#rate, this.#ms / 1e3);
  }

  #useOf(records: PageRecords, block: number, request: PageRequest): ShadowUse {
    const { uses, blockDepth } = records;
    const parent = uses.parent[block]!;
    return {
      key: keyOf(records, block),
      parent: parent < 0 ? null : keyOf(records, parent),
      depth: blockDepth[block]!,
      layer: -1,
      request: request.number,
      kind: requestKinds[uses.kind[block]!] ?? 'blocks',
      requestTokens: request.promptTokens,
      time: uses.time[block]!,
      tokens: this.#parts.blockTokens,
      bytes: this.#parts.bytes,
      loadMs: 0,
      recomputeMs: uses.recomputeMs,
    };
  }
}

function keyOf(records: PageRecords, block: number): ShadowKey {
  return { low: records.keyWord(block, 0), high: records.keyWord(block, 1) };
}
