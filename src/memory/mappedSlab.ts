import { KvError } from '../core/errors.js';
import { libc } from './libc.js';
import { MappedParts } from './mappedParts.js';
import type { Slab, SlabHandle } from './slab.js';

/** Behind the arena lies one more page: how many slabs, over all threads, still use the mapping. */
const trailerBytes = 4096;

/**
 * Memory that several threads of one process share: an anonymous mapping, so nothing of it outlives the
 * process. Whoever closes last unmaps it; until then a `close` elsewhere leaves the memory readable.
 * A thread that ends without `close` keeps the mapping until the process ends, which is safe.
 */
export class MappedSlab implements Slab {
  readonly handle: SlabHandle;
  readonly #users: Int32Array;
  readonly #parts: MappedParts;
  #closed = false;

  private constructor(handle: SlabHandle) {
    this.handle = handle;
    this.#parts = new MappedParts(handle.address, handle.sizeBytes);
    this.#users = new Int32Array(libc().view(handle.address + BigInt(reservedBytes(handle)), 4));
    Atomics.add(this.#users, 0, 1);
  }

  /** @throws KvError `exhausted` when the system has no room for the mapping, `invalid` for no size. */
  static create(sizeBytes: number): MappedSlab {
    if (!Number.isSafeInteger(sizeBytes) || sizeBytes <= 0) {
      throw new KvError(
        'invalid',
        `a slab of ${sizeBytes} bytes cannot be mapped; give a positive whole number`,
      );
    }
    const address = libc().mapAnonymous(reservedBytes({ sizeBytes }) + trailerBytes);
    return new MappedSlab({ address, sizeBytes });
  }

  /** The same memory in another thread. Whoever gave the handle keeps its slab open until this returned. */
  static attach(handle: SlabHandle): MappedSlab {
    return new MappedSlab(handle);
  }

  get sizeBytes(): number {
    return this.handle.sizeBytes;
  }

  /** Cheap: a subarray of a buffer made once. @throws KvError `invalid` outside the slab or past 2 GiB. */
  view(offset: number, length: number): Uint8Array {
    return this.#parts.view(offset, length);
  }

  /** Unmaps when no other thread has the slab open. Views that were handed out may not be read after it. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#parts.close();
    const others = Atomics.sub(this.#users, 0, 1) - 1;
    if (others === 0) libc().unmap(this.handle.address, reservedBytes(this.handle) + trailerBytes);
  }
}

/** The arena, rounded up so that the trailer is a page of its own. */
function reservedBytes({ sizeBytes }: { readonly sizeBytes: number }): number {
  return Math.ceil(sizeBytes / trailerBytes) * trailerBytes;
}
