import type { PageView } from '../core/pageView.js';

/** Bytes of one message: those travel best. */
const messageBytesMax = 127 * 2 ** 10;

export interface FilledSpan {
  readonly position: number;
  readonly tokens: Uint32Array;
}

/** The bytes of pages, K then V, cut into messages. */
export function* blockMessages(pages: readonly PageView[]): Generator<Uint8Array> {
  for (const { k, v } of pages) {
    for (const half of [k, v]) {
      for (let at = 0; at < half.length; at += messageBytesMax) yield half.subarray(at, at + messageBytesMax);
    }
  }
}
