import { blockKeyFromBytes } from '../../src/core/blockKey.js';
import type { PageId } from '../../src/core/pageId.js';
import type { PageView } from '../../src/core/pageView.js';
import { pageChecksum } from '../../src/transfer/checksum.js';
import type { SealedPage } from '../../src/transfer/lane.js';

export function pageId(number: number, layer = 3): PageId {
  const bytes = Buffer.alloc(32, 0xab);
  bytes.writeUInt32LE(number, 12);
  return { block: blockKeyFromBytes(bytes), layer };
}

/** Bytes that no other page has. */
export function fillPage({ k, v }: PageView, number: number): void {
  for (const [half, bytes] of [k, v].entries()) {
    for (let i = 0; i < bytes.length; i += 1)
      bytes[i] = (i * 31 + (i >> 8) * 7 + number * 13 + half * 101) & 0xff;
  }
}

export function emptyPage(halfBytes: number): PageView {
  return { k: new Uint8Array(halfBytes), v: new Uint8Array(halfBytes) };
}

export function sealedPage(number: number, halfBytes: number): SealedPage {
  const view = emptyPage(halfBytes);
  fillPage(view, number);
  return { id: pageId(number), view, blockIndex: 1000 + number, checksum: pageChecksum(view) };
}
