import { randomFillSync } from 'node:crypto';
import { halfPageBytes } from '../../src/core/geometry.js';
import type { PageView } from '../../src/core/pageView.js';
import { benchGeometry } from './transferSizes.js';

/** Pages of random bytes; K and V of each lie side by side, so that others can send them as one buffer. */
export class BenchPages {
  readonly #buffers: readonly Uint8Array[];

  constructor(count: number) {
    this.#buffers = Array.from({ length: count }, () => randomFillSync(new Uint8Array(2 * benchHalfBytes)));
  }

  get count(): number {
    return this.#buffers.length;
  }

  whole(page: number): Buffer {
    const bytes = this.#buffers[page % this.count]!;
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  view(page: number): PageView {
    return viewOf(this.#buffers[page % this.count]!);
  }
}

export const benchHalfBytes = halfPageBytes(benchGeometry);

export function viewOf(bytes: Uint8Array): PageView {
  return { k: bytes.subarray(0, benchHalfBytes), v: bytes.subarray(benchHalfBytes) };
}

/** Somewhere to copy pages to, used again and again: as many as may be under way at once. */
export function pageRing(count: number): () => Uint8Array {
  const ring = Array.from({ length: count }, () => new Uint8Array(2 * benchHalfBytes));
  let next = 0;
  return () => {
    const bytes = ring[next]!;
    next = (next + 1) % count;
    return bytes;
  };
}
