import type { PageView } from '../core/pageView.js';

/**
 * Bytes of one part of a page on a gRPC stream. grpc-js copies each message into new memory on both sides:
 * below 128 KiB malloc keeps such memory, beyond it every message costs page faults.
 */
export const defaultPartBytes = 120 * 2 ** 10;

/** The parts of a page in order, K then V, as views; none crosses from K to V. */
export function* partsOf({ k, v }: PageView, partBytes: number): Generator<Uint8Array> {
  for (const half of [k, v]) {
    for (let at = 0; at < half.length; at += partBytes) yield half.subarray(at, at + partBytes);
  }
}

/** Puts parts in order where they belong; a part may cross from K to V. */
export class PageFiller {
  readonly #view: PageView;
  #bytes = 0;

  constructor(view: PageView) {
    this.#view = view;
  }

  /** Bytes that came; more than fit are counted and dropped. */
  get bytes(): number {
    return this.#bytes;
  }

  get wantedBytes(): number {
    return this.#view.k.length + this.#view.v.length;
  }

  get isWhole(): boolean {
    return this.#bytes === this.wantedBytes;
  }

  take(part: Uint8Array): void {
    const { k, v } = this.#view;
    const at = this.#bytes;
    this.#bytes += part.length;
    if (this.#bytes > this.wantedBytes) return;
    const ofK = Math.min(part.length, Math.max(0, k.length - at));
    if (ofK > 0) k.set(part.subarray(0, ofK), at);
    if (ofK < part.length) v.set(part.subarray(ofK), at + ofK - k.length);
  }
}
