import type { Slab, SlabHandle } from '../../src/memory/slab.js';

/** A slab in ordinary memory, for tests that stay in one thread. */
export class HeapSlab implements Slab {
  readonly sizeBytes: number;
  readonly #bytes: ArrayBuffer;

  constructor(sizeBytes: number) {
    this.sizeBytes = sizeBytes;
    this.#bytes = new ArrayBuffer(sizeBytes);
  }

  view(offset: number, length: number): Uint8Array {
    return new Uint8Array(this.#bytes, offset, length);
  }

  get handle(): SlabHandle {
    throw new Error('memory of the heap cannot be mapped');
  }

  close(): void {}
}
