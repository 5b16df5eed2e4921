/**
 * The port that policy authors implement. Policies are pure and synchronous: no bytes, no clock, no I/O.
 * They speak dense integer handles, given and reused by the table that calls them.
 *
 * - A residency policy orders pages on the device: which pages of live sequences stay there.
 * - A retention policy orders blocks of the worker's layer range in a tier below: which stay cached.
 */

/** What a policy may know of a handle: typed columns indexed by it. An array is replaced when it grows. */
export interface PolicyColumns {
  /** Number of the block in its sequence; 0 is the first. */
  readonly depth: Int32Array;
  /** Layer of a page, counted over the whole model; -1 for a block. */
  readonly layer: Int16Array;
}

export type Eviction =
  | { readonly kind: 'victims'; readonly handles: readonly number[] }
  /** Too few may go. Nothing changed. */
  | { readonly kind: 'none' };

export interface RetentionPolicy {
  /** The tier holds it from now on. The caller never inserts a handle that is in. */
  insert(handle: number): void;
  /** It was used. The handle is in. */
  access(handle: number): void;
  /** It left by another way than `evict`. The handle is in. */
  remove(handle: number): void;
  /**
   * Exactly `count` victims, which are thereby out, or `none`. A protected handle is never chosen; the
   * policy may ask `isProtected` any number of times.
   */
  evict(count: number, isProtected: (handle: number) => boolean): Eviction;
}

export interface ResidencyPolicy extends RetentionPolicy {
  /**
   * Whether a page that is about to be loaded should stay (`admit`: it takes one of `freeSlots`, or the
   * place of one victim of `evict` where there is none) or only pass through (`stream`). It is inserted
   * if it stays.
   */
  admit(handle: number, freeSlots: number, isProtected: (handle: number) => boolean): 'admit' | 'stream';
  /** Whether some live sequence still reads the page; true when inserted. The handle is in. */
  setNeeded(handle: number, needed: boolean): void;
}

export type RetentionFactory = (columns: PolicyColumns) => RetentionPolicy;
export type ResidencyFactory = (columns: PolicyColumns) => ResidencyPolicy;
