/** What a record carries besides its payload; the disk stores it and does not read it. */
export interface DiskMeta {
  /** What many records have in common, at most 1 KiB: stored once, however many carry it. */
  readonly shared: Uint8Array;
  /** What is the record's alone, at most 256 bytes. */
  readonly own: Uint8Array;
}

export interface DiskRecord {
  readonly key: Uint8Array;
  readonly meta: DiskMeta;
  /** Bytes of the payload. */
  readonly bytes: number;
  /**
   * Where it lies among the records of its length, on a medium that gives back room from the end only: drop
   * the highest first to make room soon.
   */
  readonly slot?: number;
}

export type DiskOpen =
  /** `corrupt` further records were damaged, and are removed. */
  | { readonly kind: 'ready'; readonly records: number; readonly corrupt: number }
  /** What was there cannot be used; it was moved to `movedTo` and an empty store stands in its place. */
  | { readonly kind: 'quarantined'; readonly movedTo: string; readonly reason: string }
  /** Payloads were there that no record names any more; they are removed, and the store is empty. */
  | { readonly kind: 'emptied'; readonly reason: string };

export type DiskPublish =
  | { readonly kind: 'published' }
  | { readonly kind: 'full' }
  | { readonly kind: 'failed'; readonly cause: unknown };

export type DiskRemove =
  | { readonly kind: 'removed' }
  /** Some of the records may still be there, whole. */
  | { readonly kind: 'failed'; readonly cause: unknown };

export type DiskRead =
  | { readonly kind: 'hit'; readonly meta: DiskMeta }
  | { readonly kind: 'miss' }
  | { readonly kind: 'failed'; readonly cause: unknown };

/** A record that is being written: nobody sees it before `publish` has answered `published`. */
export interface DiskWrite {
  /** Appends payload bytes. They may not change before `publish` or `abort` has settled. */
  write(bytes: Uint8Array): void;
  /** Makes the record visible, whole or not at all. Replaces a record with the same key. */
  publish(meta: DiskMeta): Promise<DiskPublish>;
  /** Forgets the record. */
  abort(): void;
}

/**
 * A store of records, below the disk tier. The real one keeps payloads in slots of files and its index in
 * LMDB, the simulated one can lose, tear and refuse. Rules for implementers: a record whose publish did
 * not finish does not exist after a crash; what was published before a finished `flush` survives one;
 * nothing throws but for bugs.
 */
export interface Disk {
  open(): Promise<DiskOpen>;
  begin(key: Uint8Array, payloadBytes: number): DiskWrite;
  /** Waits until everything published so far would survive a power loss. */
  flush(): Promise<void>;
  /** Copies the payload into `into`, whose lengths add up to the payload's. */
  read(key: Uint8Array, into: readonly Uint8Array[]): Promise<DiskRead>;
  /** What is not there counts as removed. */
  remove(keys: readonly Uint8Array[]): Promise<DiskRemove>;
  /** All records, without their payloads, in key order. */
  scan(): Iterable<DiskRecord>;
  /** Bytes that a record with this payload takes on the medium. */
  footprintBytes(payloadBytes: number): number;
  close(): Promise<void>;
}
