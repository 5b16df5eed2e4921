/**
 * LMDB takes a value as one stretch of memory. A payload in one part, or in parts that lie side by side, is
 * passed as it is; others are copied one behind the other into a buffer that is kept for the next batch.
 */
export class LmdbStaging {
  #buffer = new Uint8Array(0);
  #filled = 0;

  /** The parts as one stretch, good until `reset`. */
  join(parts: readonly Uint8Array[], totalBytes: number): Uint8Array {
    const asItIs = stretchOf(parts);
    if (asItIs !== undefined) return asItIs;
    const room = this.#room(totalBytes);
    let at = 0;
    for (const part of parts) {
      room.set(part, at);
      at += part.length;
    }
    return room;
  }

  /** Nobody reads what was joined any more. */
  reset(): void {
    this.#filled = 0;
  }

  #room(bytes: number): Uint8Array {
    if (this.#filled + bytes > this.#buffer.length) {
      // What the old buffer holds stays alive as long as it is read.
      this.#buffer = new Uint8Array(Math.max(bytes, 2 * this.#buffer.length));
      this.#filled = 0;
    }
    const room = this.#buffer.subarray(this.#filled, this.#filled + bytes);
    this.#filled += bytes;
    return room;
  }
}

function stretchOf(parts: readonly Uint8Array[]): Uint8Array | undefined {
  const [first, ...rest] = parts;
  if (first === undefined) return new Uint8Array(0);
  let end = first.byteOffset + first.byteLength;
  for (const part of rest) {
    if (part.buffer !== first.buffer || part.byteOffset !== end) return undefined;
    end += part.byteLength;
  }
  return new Uint8Array(first.buffer, first.byteOffset, end - first.byteOffset);
}
