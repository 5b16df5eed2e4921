import { fileCalls } from '../memory/fileCalls.js';

/** As direct I/O wants it. */
const alignmentBytes = 4096;
/** So many are kept for the next use; how many are in use at once is decided by those who use them. */
const spareBuffersMax = 8;

/** Buffers of one length that can be read and written past the page cache. */
export class AlignedBuffers {
  readonly #bytes: number;
  readonly #spare: Uint8Array[] = [];

  constructor(bytes: number) {
    this.#bytes = bytes;
  }

  /** What is in it means nothing. */
  take(): Uint8Array {
    const spare = this.#spare.pop();
    if (spare !== undefined) return spare;
    const bytes = new Uint8Array(this.#bytes + alignmentBytes);
    const past = Number(fileCalls().addressOf(bytes) % BigInt(alignmentBytes));
    const from = (alignmentBytes - past) % alignmentBytes;
    return bytes.subarray(from, from + this.#bytes);
  }

  giveBack(buffer: Uint8Array): void {
    if (this.#spare.length < spareBuffersMax) this.#spare.push(buffer);
  }
}
