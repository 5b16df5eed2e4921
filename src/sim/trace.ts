import type { RequestKind } from '../policy/policyColumns.js';

/** One request as it was asked of a cache. */
export interface TraceRequest {
  /** When it came, in ms. */
  readonly timeMs: number;
  /** Tokens of its prompt. */
  readonly inputTokens: number;
  /** Tokens that were generated. */
  readonly outputTokens: number;
  readonly kind: RequestKind;
  /** The blocks of its prompt in order: whole numbers below 2^53, or 64-bit keys as 16 hex digits. */
  readonly blocks: readonly (number | string)[];
}

/**
 * Requests in columns. Blocks are numbered densely by their first appearance, so that what a replay keeps of a
 * block is an index, and a trace whose ids are permuted is the same trace. The memory is shared: threads
 * read one copy.
 */
export interface Trace {
  readonly requests: number;
  /** `[requests]` in ms, never going backwards. */
  readonly timeMs: Float64Array;
  readonly inputTokens: Uint32Array;
  readonly outputTokens: Uint32Array;
  /** `[requests]`, an index of `requestKinds`. */
  readonly kind: Uint8Array;
  /** `[requests + 1]`: the blocks of request r are `blocks[firstAccess[r]]` to before `firstAccess[r + 1]`. */
  readonly firstAccess: Uint32Array;
  /** `[accesses]`, dense numbers. */
  readonly blocks: Uint32Array;
  readonly uniqueBlocks: number;
  /** `[uniqueBlocks]`: 64 bits that stand for a block's key, as evenly spread as those of a real one. */
  readonly keyLow: Uint32Array;
  readonly keyHigh: Uint32Array;
  /** Tokens of a full block. */
  readonly blockTokens: number;
}

/** The number of the first request that counts when `warmup` of the requests are replayed uncounted. */
export function firstCounted({ requests }: Trace, warmup: number): number {
  return Math.floor(requests * warmup);
}

/**
 * Tokens of the block at `depth` of a prompt: a full block, or what is left for the last one. One at least,
 * also where a trace names more blocks than its tokens fill.
 */
export function tokensOfBlock(blockTokens: number, inputTokens: number, depth: number): number {
  return Math.max(1, Math.min(blockTokens, inputTokens - depth * blockTokens));
}
