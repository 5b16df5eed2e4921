import { memoryFence } from './memoryFence.js';
import { type RegionShape, SharedRegion } from './sharedRegion.js';
import type { SharedSlab, SlabHandle } from './slab.js';

/**
 * Slots in memory that only this process writes and others of its user may map to read. Threads of this
 * process do not attach to it.
 */
export class MappedSharedSlab implements SharedSlab {
  readonly slots: number;
  readonly slotBytes: number;
  readonly #region: SharedRegion;

  private constructor(region: SharedRegion) {
    this.#region = region;
    this.slots = region.slots;
    this.slotBytes = region.slotBytes;
  }

  /** @throws KvError as `SharedRegion.create` */
  static create(shape: RegionShape): MappedSharedSlab {
    return new MappedSharedSlab(SharedRegion.create(shape, 'read'));
  }

  get sizeBytes(): number {
    return this.slots * this.slotBytes;
  }

  get handle(): SlabHandle {
    return { address: this.#region.address, sizeBytes: this.sizeBytes };
  }

  get fd(): number {
    return this.#region.fd;
  }

  view(offset: number, length: number): Uint8Array {
    return this.#region.parts.view(offset, length);
  }

  generation(slot: number): number {
    return Atomics.load(this.#region.counts, slot);
  }

  advance(slot: number): void {
    Atomics.add(this.#region.counts, slot, 1);
    memoryFence();
  }

  /** Views that were handed out may not be read after it. Readers in other processes keep what they see. */
  close(): void {
    this.#region.close('unmap');
  }
}
