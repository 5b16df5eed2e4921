import { type Geometry, halfPageBytes, slotBytes } from '../core/geometry.js';
import type { Slab } from '../memory/slab.js';
import { SlotTier } from './slotTier.js';

/**
 * Pages in host memory, one a slot of the slab. Locking its pages is the caller's part. A slab smaller
 * than a slot, or none, makes a tier of no slots.
 */
export class PinnedTier extends SlotTier {
  constructor(slab: Slab | null, geometry: Geometry) {
    const bytes = slotBytes(geometry);
    const half = halfPageBytes(geometry);
    super('pinned', {
      slots: slab === null ? 0 : Math.floor(slab.sizeBytes / bytes),
      slotBytes: bytes,
      view: (slot) => ({
        k: slab!.view(slot * bytes, half), // a tier without a slab has no slots to ask for
        v: slab!.view(slot * bytes + half, half),
      }),
    });
  }
}
