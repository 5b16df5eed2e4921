import { dtypeBytes, type Geometry } from '../core/geometry.js';
import type { PagePlanes } from './pagePlanes.js';

/**
 * Writes the K and V of new tokens into the page that grows. Rows behind the newest token are zero, also when
 * the sequence went back and others were written there.
 */
export class TailWriter {
  readonly #planes: PagePlanes;
  readonly #kvHeads: number;
  readonly #blockTokens: number;
  /** Bytes of one head of one token. */
  readonly #headBytes: number;
  /** By slot: the row behind the last one that was written. */
  readonly #ends: Int32Array;

  constructor(planes: PagePlanes, geometry: Geometry) {
    this.#planes = planes;
    this.#kvHeads = geometry.kvHeads;
    this.#blockTokens = geometry.blockTokens;
    this.#headBytes = geometry.headDim * dtypeBytes(geometry.dtype);
    this.#ends = new Int32Array(planes.slots);
  }

  /** `k` and `v` are `[≥ tokens][kvHeads][headDim]` in the dtype of pages; `position` is the first token's. */
  write(slot: number, position: number, tokens: number, k: Uint8Array, v: Uint8Array): void {
    const page = this.#planes.page(slot);
    const row = position % this.#blockTokens;
    this.#scatter(k, page.k, row, tokens);
    this.#scatter(v, page.v, row, tokens);
    const end = row + tokens;
    const stale = this.#ends[slot]!;
    this.#ends[slot] = end;
    if (stale <= end) return;
    this.#clear(page.k, end, stale);
    this.#clear(page.v, end, stale);
  }

  #clear(page: Uint8Array, firstRow: number, endRow: number): void {
    for (let head = 0; head < this.#kvHeads; head += 1) {
      const start = head * this.#blockTokens;
      page.fill(0, (start + firstRow) * this.#headBytes, (start + endRow) * this.#headBytes);
    }
  }

  #scatter(from: Uint8Array, to: Uint8Array, firstRow: number, tokens: number): void {
    const bytes = this.#headBytes;
    for (let token = 0; token < tokens; token += 1) {
      for (let head = 0; head < this.#kvHeads; head += 1) {
        const at = (token * this.#kvHeads + head) * bytes;
        to.set(from.subarray(at, at + bytes), (head * this.#blockTokens + firstRow + token) * bytes);
      }
    }
  }
}
