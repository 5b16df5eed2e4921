import { type Geometry, halfPageBytes } from '../core/geometry.js';
import type { PageView } from '../core/pageView.js';
import type { Slab } from '../memory/slab.js';

/**
 * How the host device lays out its slab: all K halves, then all V halves, without gaps, so that the K
 * (and V) of neighbouring slots form one matrix `[slots × kvHeads][blockTokens][headDim]`.
 */
export class PagePlanes {
  readonly slots: number;
  readonly halfBytes: number;
  readonly #slab: Slab;

  constructor(slab: Slab, geometry: Geometry) {
    this.#slab = slab;
    this.halfBytes = halfPageBytes(geometry);
    this.slots = Math.floor(slab.sizeBytes / (2 * this.halfBytes));
  }

  /** K of `count` neighbouring slots. */
  k(slot: number, count: number): Uint8Array {
    return this.#slab.view(slot * this.halfBytes, count * this.halfBytes);
  }

  /** V of `count` neighbouring slots. */
  v(slot: number, count: number): Uint8Array {
    return this.#slab.view((this.slots + slot) * this.halfBytes, count * this.halfBytes);
  }

  page(slot: number): PageView {
    return { k: this.k(slot, 1), v: this.v(slot, 1) };
  }
}
