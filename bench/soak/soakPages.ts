import { createHash } from 'node:crypto';
import { type BlockKey, blockKeyFromBytes } from '../../src/core/blockKey.js';
import { type Geometry, halfPageBytes } from '../../src/core/geometry.js';
import type { PageView } from '../../src/core/pageView.js';

/** Pages of 128 KiB. */
export const soakGeometry: Geometry = {
  layers: [
    { kind: 'full', rope: true },
    { kind: 'full', rope: true },
  ],
  kvHeads: 2,
  headDim: 64,
  dtype: 'f32',
  blockTokens: 128,
  layoutVersion: 1,
};

/** More pages than the store has slots, so that slots change hands all the time. */
export const soakBlocks = 400;
export const soakPinnedBytes = 64 * 2 ** 20;

const halfBytes = halfPageBytes(soakGeometry);
const wordsPerHalf = halfBytes / Uint32Array.BYTES_PER_ELEMENT;
const goldenRatio = 0x9e3779b1;

/** A page by its number: the layers of one block after the other. */
export function soakPageId(page: number): { readonly block: BlockKey; readonly layer: number } {
  const layers = soakGeometry.layers.length;
  return { block: soakBlock(Math.floor(page / layers)), layer: page % layers };
}

export function soakBlock(block: number): BlockKey {
  return blockKeyFromBytes(createHash('sha256').update(`soak ${block}`).digest());
}

export function newSoakView(): PageView {
  return { k: new Uint8Array(halfBytes), v: new Uint8Array(halfBytes) };
}

/** Every word tells whose it is: a page served for another one, or a mix of two, shows. */
export function fillSoakPage(page: number, { k, v }: PageView): void {
  for (const [half, words] of [wordsOf(k), wordsOf(v)].entries()) {
    const first = firstWord(page, half);
    for (let at = 0; at < wordsPerHalf; at += 1) words[at] = first + Math.imul(at, goldenRatio);
  }
}

export function isSoakPage(page: number, { k, v }: PageView): boolean {
  return [wordsOf(k), wordsOf(v)].every((words, half) => {
    const first = firstWord(page, half);
    for (let at = 0; at < wordsPerHalf; at += 1) {
      if (words[at] !== (first + Math.imul(at, goldenRatio)) >>> 0) return false;
    }
    return true;
  });
}

function firstWord(page: number, half: number): number {
  return Math.imul(2 * page + half + 1, 0x85ebca6b);
}

function wordsOf(bytes: Uint8Array): Uint32Array {
  return new Uint32Array(bytes.buffer, bytes.byteOffset, wordsPerHalf);
}
