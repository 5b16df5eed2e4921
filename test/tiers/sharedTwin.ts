import { slotBytes } from '../../src/core/geometry.js';
import { HeapSlab } from '../../src/memory/heapSlab.js';
import type { SharedSlab } from '../../src/memory/slab.js';
import { tinyGeometry, tinyHalfBytes } from './tierFixtures.js';

/** A slab that counts the tenants of its slots, in memory of this thread. */
export class SharedTwin extends HeapSlab implements SharedSlab {
  readonly fd = -1;
  readonly slotBytes = slotBytes(tinyGeometry);
  /** K of the slot at each `advance`: what who mapped it could still read then. */
  readonly bytesAtAdvance: Uint8Array[] = [];
  readonly #generations: Uint32Array;

  constructor(readonly slots: number) {
    super(slots * slotBytes(tinyGeometry));
    this.#generations = new Uint32Array(slots);
  }

  generation(slot: number): number {
    return this.#generations[slot]!;
  }

  advance(slot: number): void {
    this.bytesAtAdvance.push(Uint8Array.from(this.view(slot * this.slotBytes, tinyHalfBytes)));
    this.#generations[slot]! += 1;
  }
}
