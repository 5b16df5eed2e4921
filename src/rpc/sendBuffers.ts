/** Bytes of a buffer that is kept; longer messages have memory of their own. */
const keptBytes = 128 * 2 ** 10;

/** Buffers that one stream keeps: as many as messages can wait in it to be sent. */
const keptMax = 16;

/** Memory for the bulk messages of one stream, used again when they are sent: garbage is what makes bulk slow. */
export class SendBuffers {
  readonly #free: ArrayBuffer[] = [];

  /** So many bytes; they hold whatever was there. */
  take(bytes: number): Buffer {
    if (bytes > keptBytes) return Buffer.allocUnsafeSlow(bytes);
    return Buffer.from(this.#free.pop() ?? new ArrayBuffer(keptBytes), 0, bytes);
  }

  /** Nobody reads a message any more; those that were not taken here are left alone. */
  give({ buffer }: Buffer): void {
    if (!(buffer instanceof ArrayBuffer) || buffer.byteLength !== keptBytes) return;
    if (this.#free.length < keptMax) this.#free.push(buffer);
  }
}
