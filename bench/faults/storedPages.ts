import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { PageToPut } from '../../src/client/pageResults.js';
import { type BlockKey, blockKeyFromBytes } from '../../src/core/blockKey.js';
import type { PageId } from '../../src/core/pageId.js';

/** Pages of 64 KiB. */
const shape = { layers: 2, kvHeads: 2, headDim: 64, blockTokens: 64 };
const halfBytes = shape.kvHeads * shape.blockTokens * shape.headDim * Float32Array.BYTES_PER_ELEMENT;

/** @returns the path of a `--kv-config` for these pages, in `folder`. */
export async function writeKvConfig(folder: string): Promise<string> {
  const path = join(folder, 'kv.json');
  await writeFile(path, JSON.stringify({ name: 'bench/faults', dtype: 'f32', ...shape }));
  return path;
}

/** Block number `number` of a run: its key names its bytes. */
export function blockOf(seed: number, number: number): BlockKey {
  return blockKeyFromBytes(createHash('sha256').update(`${seed} ${number}`).digest());
}

export function pagesOf(block: BlockKey): PageToPut[] {
  return idsOf(block).map((page) => ({ ...page, blockIndex: 0, ...bytesOf(page) }));
}

export function idsOf(block: BlockKey): PageId[] {
  return Array.from({ length: shape.layers }, (_, layer) => ({ block, layer }));
}

export function isRight(page: PageId, found: { readonly k: Uint8Array; readonly v: Uint8Array }): boolean {
  const { k, v } = bytesOf(page);
  return k.equals(found.k) && v.equals(found.v);
}

function bytesOf({ block, layer }: PageId): { readonly k: Buffer; readonly v: Buffer } {
  const [k = 0, v = 0] = createHash('sha256').update(`${block} ${layer}`).digest();
  return {
    k: Buffer.alloc(halfBytes, `${block}${layer}${k}`),
    v: Buffer.alloc(halfBytes, `${layer}${v}${block}`),
  };
}
