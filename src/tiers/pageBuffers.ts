import type { PageView } from '../core/pageView.js';

/** Buffers of one page each, made when first needed and kept: a bounded number of them, one at least. */
export class PageBuffers {
  readonly buffersMax: number;
  readonly #halfBytes: number;
  readonly #free: PageView[] = [];
  #made = 0;

  constructor(bytesMax: number, pageBytes: number) {
    this.buffersMax = Math.max(1, Math.floor(bytesMax / pageBytes));
    this.#halfBytes = pageBytes / 2;
  }

  /** Null when all are in use. K and V lie side by side; what is in them means nothing. */
  take(): PageView | null {
    const free = this.#free.pop();
    if (free !== undefined) return free;
    if (this.#made === this.buffersMax) return null;
    this.#made += 1;
    const bytes = new Uint8Array(2 * this.#halfBytes);
    return { k: bytes.subarray(0, this.#halfBytes), v: bytes.subarray(this.#halfBytes) };
  }

  giveBack(buffer: PageView): void {
    this.#free.push(buffer);
  }
}
