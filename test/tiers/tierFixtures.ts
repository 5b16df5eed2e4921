import type { BlockKey } from '../../src/core/blockKey.js';
import { type Geometry, halfPageBytes } from '../../src/core/geometry.js';
import type { NamespaceId } from '../../src/core/namespace.js';
import type { PageView } from '../../src/core/pageView.js';
import { pageHandle } from '../../src/tiers/pageHandle.js';
import type { StoredPage } from '../../src/tiers/tier.js';
import type { TierCosts } from '../../src/tiers/tierCosts.js';
import { pageChecksum } from '../../src/transfer/checksum.js';

/** Pages of 256 bytes in three layers. */
export const tinyGeometry: Geometry = {
  layers: [
    { kind: 'full', rope: true },
    { kind: 'window', window: 16, rope: true },
    { kind: 'full', rope: true },
  ],
  kvHeads: 1,
  headDim: 2,
  dtype: 'f32',
  blockTokens: 16,
  layoutVersion: 1,
};

export const tinyHalfBytes = halfPageBytes(tinyGeometry);
export const testNamespace = 'a'.repeat(64) as NamespaceId;
export const otherNamespace = 'b'.repeat(64) as NamespaceId;

export function blockKeyOf(number: number): BlockKey {
  const word = number.toString(16).padStart(8, '0');
  return (word + '0'.repeat(48) + word) as BlockKey; // policies know a key by its first words
}

export function numberOf(key: BlockKey): number {
  return Number(`0x${key.slice(-8)}`);
}

/** Bytes that belong to page (block, layer) and to no other. */
export function bytesOf(block: number, layer: number): PageView {
  const half = (salt: number) =>
    Uint8Array.from({ length: tinyHalfBytes }, (_, at) => (at * 7 + block * 31 + layer * 101 + salt) % 251);
  return { k: half(1), v: half(2) };
}

export function emptyView(): PageView {
  return { k: new Uint8Array(tinyHalfBytes), v: new Uint8Array(tinyHalfBytes) };
}

/** Page number `block` of layer 0, under the handle `block`. */
export function storedPage(block: number): StoredPage {
  return {
    handle: pageHandle(block),
    id: { block: blockKeyOf(block), layer: 0 },
    blockIndex: block,
    checksum: pageChecksum(bytesOf(block, 0)),
  };
}

/** What pages take where a test does not ask. */
export const testCosts: TierCosts = {
  blockTokens: 16,
  pageBytes: { device: 100, pinned: 60, disk: 40 },
  loadMs: (from) => (from === 'pinned' ? 0.5 : 2),
};
