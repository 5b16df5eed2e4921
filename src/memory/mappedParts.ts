import { KvError } from '../core/errors.js';
import { libc } from './libc.js';

const gib = 2 ** 30;
/** A view may not be longer than 4 GiB, so parts start every 2 GiB and overlap by 2. */
const partStrideBytes = 2 * gib;
const partBytes = 4 * gib;

/** Views into one mapping of any size. Who made the mapping also ends it. */
export class MappedParts {
  readonly sizeBytes: number;
  readonly #address: bigint;
  readonly #parts: (Uint8Array | undefined)[] = [];
  #closed = false;

  constructor(address: bigint, sizeBytes: number) {
    this.#address = address;
    this.sizeBytes = sizeBytes;
  }

  /** Cheap: a subarray of a buffer made once. @throws KvError `invalid` outside the slab or past 2 GiB. */
  view(offset: number, length: number): Uint8Array {
    if (this.#closed)
      throw new KvError('internal', 'a closed slab was read; close it only when nobody uses it');
    if (!(offset >= 0 && length >= 0 && offset + length <= this.sizeBytes && length <= partStrideBytes)) {
      throw new KvError(
        'invalid',
        `bytes ${offset} to ${offset + length} are no view of a slab of ${this.sizeBytes}`,
      );
    }
    const part = Math.floor(offset / partStrideBytes);
    const start = offset - part * partStrideBytes;
    this.#parts[part] ??= this.#mapPart(part);
    return this.#parts[part].subarray(start, start + length);
  }

  /** Hands out no more views. */
  close(): void {
    this.#closed = true;
    this.#parts.length = 0;
  }

  #mapPart(part: number): Uint8Array {
    const start = part * partStrideBytes;
    const length = Math.min(partBytes, this.sizeBytes - start);
    return new Uint8Array(libc().view(this.#address + BigInt(start), length));
  }
}
