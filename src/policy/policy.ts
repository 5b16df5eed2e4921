/**
 * The port that policy authors implement. Policies are pure and synchronous: no bytes, no clock, no I/O, no
 * randomness but what a fixed seed repeats. They speak dense integer handles, given and reused by the table that calls them.
 *
 * - A residency policy orders pages on the device: which pages of live sequences stay there.
 * - A retention policy orders blocks of the worker's layer range in a tier below: which stay cached.
 * - An admission policy guards a tier below: which of the blocks that are offered to it it takes.
 * - A placement policy says when a block is copied to the tiers below: at once, or when it has to leave.
 *
 * The same object works in the simulator, as a shadow beside a live worker, and in its place.
 */
import type { PolicyColumns } from './policyColumns.js';

export type Eviction =
  | { readonly kind: 'victims'; readonly handles: readonly number[] }
  /** Too few may go. Nothing changed. */
  | { readonly kind: 'none' };

export interface RetentionPolicy {
  /** The tier holds it from now on. Its columns are written; the handle is not in. */
  insert(handle: number): void;
  /** It was used. Its columns are written; the handle is in. */
  access(handle: number): void;
  /** It left by another way than `evict`. The handle is in, its columns are still its own. */
  remove(handle: number): void;
  /**
   * Exactly `count` victims, which are thereby out, or `none`. A protected handle is never chosen; the
   * policy may ask `isProtected` any number of times.
   */
  evict(count: number, isProtected: (handle: number) => boolean): Eviction;
  /** So many handles fit from now on. What no longer fits is taken out by `evict` or `remove` as ever. */
  resize(capacity: number): void;
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

/**
 * What has to stay is copied without asking; what is refused is not copied and, if it was to leave the tier above,
 * gone. Handles here mean blocks wherever they are, not only in the tier.
 */
export interface AdmissionPolicy {
  /** A request uses it, be it the first: once a request. Its columns are written. */
  asked(handle: number): void;
  /**
   * Whether the tier takes it, at the cost of a victim where it has no room. It was asked for before; the same
   * offer may be made again.
   */
  admit(handle: number, hasRoom: boolean): Admittance;
  /** The tier's retention let it go. Its columns are still its own. */
  left(handle: number): void;
  /** So many handles fit into the tier from now on. */
  resize(capacity: number): void;
}

export type Admittance = 'admit' | 'refuse';

export interface PlacementPolicy {
  /** It was computed and lies in the fastest tier. Its columns are written; the handle may have meant another before. */
  sealed(handle: number): CopyTime;
  /** A request uses it again; it is in some tier. Its columns are written. */
  used(handle: number): CopyTime;
}

/** `now`: the tiers below that admit it get a copy at once. `leaving`: only when it has to leave the tier above. */
export type CopyTime = 'now' | 'leaving';

/** @param capacity handles that fit; `resize` tells when that changes. Memory for ghosts is bounded by it. */
export type RetentionFactory = (columns: PolicyColumns, capacity: number) => RetentionPolicy;
export type ResidencyFactory = (columns: PolicyColumns, capacity: number) => ResidencyPolicy;
/**
 * @param columns `loadMs` is what bringing a block back from this tier takes.
 * @param capacity handles that fit into the tier. What is remembered of others is bounded by it.
 */
export type AdmissionFactory = (columns: PolicyColumns, capacity: number) => AdmissionPolicy;
/** @param capacity handles that fit into the fastest tier. */
export type PlacementFactory = (columns: PolicyColumns, capacity: number) => PlacementPolicy;
