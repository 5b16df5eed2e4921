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

/**
 * A slab of slots that other processes of the same user may map and read. Beside each slot stands its
 * generation: a count, in shared memory, that goes up before other bytes come to the slot. Who read a slot
 * and finds the generation that it was lent under has read that page's bytes.
 */
export interface SharedSlab extends Slab {
  readonly slotBytes: number;
  readonly slots: number;
  /** The file behind the memory, as this process has it open; it has no name. */
  readonly fd: number;
  generation(slot: number): number;
  /** Other bytes are about to come to the slot. */
  advance(slot: number): void;
}

export function isShared(slab: Slab): slab is SharedSlab {
  return 'advance' in slab;
}
