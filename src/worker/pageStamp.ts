import type { PageId } from '../core/pageId.js';

/** Digits of a block's key that a stamp has room for beside the layer. */
const stampDigits = 10;
const layersMax = 2 ** 12;

/** Tells pages apart that have one handle after each other: what it is made of names the page's bytes. */
export function pageStamp({ block, layer }: PageId): number {
  return Number.parseInt(block.slice(0, stampDigits), 16) * layersMax + layer;
}
