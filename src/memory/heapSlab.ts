import { KvError } from '../core/errors.js';
import type { Slab, SlabHandle } from './slab.js';

/** A slab in ordinary memory of one thread: for simulation and tests. It cannot be attached to. */
export class HeapSlab implements Slab {
  readonly sizeBytes: number;
  readonly #bytes: Uint8Array;

  constructor(sizeBytes: number) {
    this.sizeBytes = sizeBytes;
    this.#bytes = new Uint8Array(sizeBytes);
  }

  get handle(): SlabHandle {
    throw new KvError('unsupported', 'a heap slab cannot be shared with another thread; use a mapped slab');
  }

  view(offset: number, length: number): Uint8Array {
    if (!(offset >= 0 && length >= 0 && offset + length <= this.sizeBytes)) {
      throw new KvError(
        'invalid',
        `bytes ${offset} to ${offset + length} are no view of a slab of ${this.sizeBytes}`,
      );
    }
    return this.#bytes.subarray(offset, offset + length);
  }

  close(): void {}
}
