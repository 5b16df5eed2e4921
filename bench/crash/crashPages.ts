import { createHash } from 'node:crypto';
import { type BlockKey, blockKeyFromBytes } from '../../src/core/blockKey.js';
import { type Geometry, halfPageBytes } from '../../src/core/geometry.js';
import type { NamespaceId } from '../../src/core/namespace.js';
import type { PageView } from '../../src/core/pageView.js';
import { SeededRandom } from '../../src/decode/seededRandom.js';

/** Pages of 32 KiB: several LMDB pages and many sectors, and small enough to record every byte. */
export const crashGeometry: Geometry = {
  layers: [{ kind: 'full', rope: true }],
  kvHeads: 2,
  headDim: 32,
  dtype: 'f32',
  blockTokens: 64,
  layoutVersion: 1,
};

export const crashNamespace = createHash('sha256').update('crash').digest('hex') as NamespaceId;

const halfBytes = halfPageBytes(crashGeometry);

export function crashBlock(index: number): BlockKey {
  return blockKeyFromBytes(createHash('sha256').update(`block ${index}`).digest());
}

/** The bytes of block `index`, which no other block has: a page served for another one shows. */
export function crashView(index: number): PageView {
  const random = new SeededRandom(index + 1);
  const words = Uint32Array.from({ length: (2 * halfBytes) / 4 }, () => random.next());
  const bytes = new Uint8Array(words.buffer);
  return { k: bytes.subarray(0, halfBytes), v: bytes.subarray(halfBytes) };
}

export function emptyView(): PageView {
  return { k: new Uint8Array(halfBytes), v: new Uint8Array(halfBytes) };
}
