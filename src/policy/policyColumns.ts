/**
 * What a policy may know of a handle: typed columns indexed by it. An array is replaced when it grows, so read
 * it from here each time. The table writes a handle's columns before it tells of `insert` or `access`, and
 * leaves them as they are until the handle means something else.
 */
export interface PolicyColumns {
  /** 64 bits of the block's key: what a ghost is remembered by when its handle means something else. */
  readonly keyLow: Uint32Array;
  readonly keyHigh: Uint32Array;
  /**
   * Handle of the block before it in its prefix, which need not be in; -1 for the first, or where nothing is known
   * of that one. It goes on meaning that block as long as this one is in.
   */
  readonly parent: Int32Array;
  /** Number of the block in its prefix; 0 is the first. */
  readonly depth: Int32Array;
  /** Layer of a page, counted over the whole model; -1 for a block. */
  readonly layer: Int16Array;
  /** Of the request that used it last: a number that the blocks of one request have in common; 0 where not known. */
  readonly request: Uint32Array;
  /** What that request wanted, of `requestKinds`. */
  readonly kind: Uint8Array;
  /** Tokens in that request's prompt, as far as they are known; 0 where not. */
  readonly requestTokens: Uint32Array;
  /** When it was used last, in ms: in a trace, when that request came. From call to call it never goes backwards. */
  readonly time: Float64Array;
  /** Tokens whose KV it holds. */
  readonly tokens: Uint32Array;
  /** Bytes that it takes in this tier. */
  readonly bytes: Uint32Array;
  /** What bringing it back from below would take, in ms; 0 where nothing is below. */
  readonly loadMs: Float32Array;
  /** What computing it anew would take, in ms. */
  readonly recomputeMs: Float32Array;
  /**
   * Share of its layer's attention that a page got of late, 0 to 1: a mean over steps in which older ones count less
   * and less; 1 in window layers, of which every step reads all. -1 where no step has weighed it, and for a block.
   */
  readonly mass: Float32Array;
}

/** Kinds of requests, numbered in `PolicyColumns.kind`. */
export const requestKinds = ['prefill', 'decode', 'attend', 'blocks'] as const;
export type RequestKind = (typeof requestKinds)[number];
