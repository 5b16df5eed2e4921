/** A key with its value. */
export interface KeyRecord {
  readonly key: string;
  readonly value: Uint8Array;
  /** The revision of the store at which it was last written; never 0. */
  readonly revision: number;
}

/** One change within a transaction. No two of a transaction may touch the same key. */
export type KeyOp =
  | { readonly kind: 'put'; readonly key: string; readonly value: Uint8Array }
  | { readonly kind: 'delete'; readonly key: string }
  /** All keys from `from` up to, and without, `to`. */
  | { readonly kind: 'deleteRange'; readonly from: string; readonly to: string };

/** What has to hold for a transaction to be made: the key was last written at `revision`; 0 where it is not there. */
export interface KeyGuard {
  readonly key: string;
  readonly revision: number;
}

/** `refused`: a guard did not hold, and nothing was changed. */
export type CommitEnd = { readonly kind: 'made'; readonly revision: number } | { readonly kind: 'refused' };

/**
 * etcd's keys, as far as coordinators need them. Every call throws KvError `unavailable` when no member of etcd
 * answers in time: what it was to change may have been changed all the same, and may be asked for again.
 */
export interface EtcdKv {
  /** Several keys as they were at one revision, the newest; null for those that are not there. */
  read(keys: readonly string[]): Promise<readonly (KeyRecord | null)[]>;
  /** All keys that begin with the prefix, in the order of their bytes, as they were at one revision. */
  list(prefix: string): Promise<readonly KeyRecord[]>;
  /** All or none. At most `maxTxnOps` changes and `maxTxnBytes` bytes of keys and values. */
  commit(guards: readonly KeyGuard[], ops: readonly KeyOp[]): Promise<CommitEnd>;
  close(): void;
}

/** Below etcd's own default bounds of 128 operations and 1.5 MiB a request. */
export const maxTxnOps = 100;
export const maxTxnBytes = 2 ** 20;
