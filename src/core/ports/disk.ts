/** What a record carries besides its payload; the disk stores it and does not read it. */
export interface DiskRecord {
  readonly key: Uint8Array;
  readonly meta: Uint8Array;
  /** Bytes of the payload. */
  readonly bytes: number;
}

export type DiskOpen =
  | { readonly kind: 'ready'; readonly records: number }
  /** The store was damaged; it was moved to `movedTo` and an empty one stands in its place. */
  | { readonly kind: 'quarantined'; readonly movedTo: string; readonly reason: string };

export type DiskPublish =
  | { readonly kind: 'published' }
  | { readonly kind: 'full' }
  | { readonly kind: 'failed'; readonly cause: unknown };

export type DiskRead =
  | { readonly kind: 'hit'; readonly meta: Uint8Array }
  | { readonly kind: 'miss' }
  | { readonly kind: 'failed'; readonly cause: unknown };

/** A record that is being written: nobody sees it before `publish` has answered `published`. */
export interface DiskWrite {
  /** Appends payload bytes. They may not change before `publish` or `abort` has settled. */
  write(bytes: Uint8Array): void;
  /** Makes the record visible, whole or not at all. Replaces a record with the same key. */
  publish(meta: Uint8Array): Promise<DiskPublish>;
  /** Forgets the record. */
  abort(): void;
}

/**
 * A store of records, below the disk tier. The real one is LMDB, the simulated one can lose, tear and
 * refuse. Rules for implementers: a record whose publish did not finish does not exist after a crash;
 * what was published before a finished `flush` survives one; nothing throws but for bugs.
 */
export interface Disk {
  open(): Promise<DiskOpen>;
  begin(key: Uint8Array, payloadBytes: number): DiskWrite;
  /** Waits until everything published so far would survive a power loss. */
  flush(): Promise<void>;
  /** Copies the payload into `into`, whose lengths add up to the payload's. */
  read(key: Uint8Array, into: readonly Uint8Array[]): Promise<DiskRead>;
  remove(keys: readonly Uint8Array[]): Promise<void>;
  /** All records, without their payloads, in key order. */
  scan(): Iterable<DiskRecord>;
  /** Bytes that a record with this payload takes on the medium. */
  footprintBytes(payloadBytes: number): number;
  close(): Promise<void>;
}
