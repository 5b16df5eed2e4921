import { blockKeyFromBytes, blockKeyToBytes } from '../core/blockKey.js';
import { KvError } from '../core/errors.js';
import type { PageId } from '../core/pageId.js';
import type { PageId__Output } from '../rpc/gen/kvtide/v1/PageId.js';

const checksumBytes = 8;

export function pageMessage({ block, layer }: PageId): { block: Buffer; layer: number } {
  return { block: blockKeyToBytes(block), layer };
}

export function isPage(told: PageId__Output | null, { block, layer }: PageId): boolean {
  return told !== null && told.layer === layer && blockKeyFromBytes(told.block) === block;
}

/** @throws KvError `invalid` when the bytes are no checksum. */
export function readChecksum(bytes: Buffer): bigint {
  if (bytes.length !== checksumBytes) {
    throw new KvError('invalid', `a checksum has ${checksumBytes} bytes, not ${bytes.length}`);
  }
  return bytes.readBigUInt64BE();
}

export function writeChecksum(checksum: bigint): Buffer {
  const bytes = Buffer.alloc(checksumBytes);
  bytes.writeBigUInt64BE(checksum);
  return bytes;
}
