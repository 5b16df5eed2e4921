/** Enough to map the same memory in another thread of this process. Never leaves the process. */
export interface SlabHandle {
  readonly address: bigint;
  readonly sizeBytes: number;
}

/**
 * A mapped arena of fixed size that slots are cut from. Every thread has its own view of the same bytes.
 * Reading a view after `close` would end the process, so a slab is closed only when no thread uses it.
 */
export interface Slab {
  readonly sizeBytes: number;
  /** Zeroed when new. Views are at most 4 GiB each, so the arena is handed out in parts. */
  view(offset: number, length: number): Uint8Array;
  readonly handle: SlabHandle;
  close(): void;
}
