import { type Geometry, halfPageBytes, slotBytes } from '../core/geometry.js';
import type { SharedSlab, Slab } from '../memory/slab.js';
import { SlotTier } from './slotTier.js';

/**
 * Pages in host memory, one a slot of the slab. Locking its pages is the caller's part. A slab smaller
 * than a slot, or none, makes a tier of no slots.
 */
export class PinnedTier extends SlotTier {
  /** The slab, when other processes can map it. */
  readonly #shared: SharedSlab | null;

  /** @param slab a shared one has slots of exactly the geometry's size. */
  constructor(slab: Slab | SharedSlab | null, geometry: Geometry) {
    const bytes = slotBytes(geometry);
    const half = halfPageBytes(geometry);
    const shared = slab !== null && 'advance' in slab ? slab : null;
    super('pinned', {
      slots: slab === null ? 0 : (shared?.slots ?? Math.floor(slab.sizeBytes / bytes)),
      slotBytes: bytes,
      view: (slot) => ({
        k: slab!.view(slot * bytes, half), // a tier without a slab has no slots to ask for
        v: slab!.view(slot * bytes + half, half),
      }),
      advance: (slot) => shared?.advance(slot),
    });
    this.#shared = shared;
  }

  /** The slot as other processes know it, or -1 when they cannot map it. */
  sharedSlot(slot: number): number {
    return this.#shared === null ? -1 : slot;
  }

  /** Count of the slot's tenants; 0 when others cannot map it. */
  generation(slot: number): number {
    return this.#shared?.generation(slot) ?? 0;
  }
}
