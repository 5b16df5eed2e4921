import { type BlockKey, blockKeyToBytes } from './blockKey.js';

/** K and V of one block in one layer. `layer` counts over the whole model. */
export interface PageId {
  readonly block: BlockKey;
  readonly layer: number;
}

export const pageKeyBytes = 34;

/** The text under which tables file a page. */
export function pageName(page: PageId): string {
  return `${page.block}/${page.layer}`;
}

/** The bytes under which a disk files a page: block key, then the layer as big-endian uint16. */
export function pageKey(page: PageId): Buffer {
  const key = Buffer.alloc(pageKeyBytes);
  blockKeyToBytes(page.block).copy(key);
  key.writeUInt16BE(page.layer, pageKeyBytes - 2);
  return key;
}
