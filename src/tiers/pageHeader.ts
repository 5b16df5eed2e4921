import { xxh64 } from '@node-rs/xxhash';
import { blockKeyFromBytes, blockKeyToBytes } from '../core/blockKey.js';
import { type Geometry, pageBytes } from '../core/geometry.js';
import { canonicalJson, type NamespaceId } from '../core/namespace.js';
import type { PageId } from '../core/pageId.js';

/** What every page of one worker has in common. */
export interface PageFormat {
  readonly namespace: NamespaceId;
  readonly layoutVersion: number;
  /** xxh64 over kvHeads, headDim, blockTokens and dtype. */
  readonly geometryHash: bigint;
  readonly payloadBytes: number;
}

export interface PageHeader extends PageFormat {
  readonly id: PageId;
  readonly blockIndex: number;
  readonly checksum: bigint;
}

export type DecodedHeader =
  | { readonly kind: 'header'; readonly header: PageHeader }
  | { readonly kind: 'invalid'; readonly reason: string };

const magic = 0x4750564b; // "KVPG" in memory order
const formatVersion = 1;
const sealedBytes = 104;
export const pageHeaderBytes = sealedBytes + 8;

export function pageFormat(namespace: NamespaceId, geometry: Geometry): PageFormat {
  const { kvHeads, headDim, blockTokens, dtype, layoutVersion } = geometry;
  return {
    namespace,
    layoutVersion,
    geometryHash: xxh64(canonicalJson({ kvHeads, headDim, blockTokens, dtype })),
    payloadBytes: pageBytes(geometry),
  };
}

/** Little-endian; the last 8 bytes are xxh64 over those before. */
export function encodePageHeader(header: PageHeader): Buffer {
  const bytes = Buffer.alloc(pageHeaderBytes);
  bytes.writeUInt32LE(magic, 0);
  bytes.writeUInt16LE(formatVersion, 4);
  bytes.writeUInt16LE(header.layoutVersion, 6);
  bytes.writeUInt16LE(header.id.layer, 8);
  bytes.writeUInt32LE(header.blockIndex, 12);
  bytes.writeBigUInt64LE(header.geometryHash, 16);
  bytes.writeBigUInt64LE(BigInt(header.payloadBytes), 24);
  bytes.writeBigUInt64LE(header.checksum, 32);
  bytes.write(header.namespace, 40, 'hex');
  blockKeyToBytes(header.id.block).copy(bytes, 72);
  bytes.writeBigUInt64LE(xxh64(bytes.subarray(0, sealedBytes)), sealedBytes);
  return bytes;
}

export function decodePageHeader(from: Uint8Array): DecodedHeader {
  const bytes = Buffer.from(from.buffer, from.byteOffset, from.byteLength);
  if (bytes.length !== pageHeaderBytes) return invalid(`${bytes.length} bytes are no page header`);
  if (bytes.readUInt32LE(0) !== magic) return invalid('it does not begin like a page header');
  const version = bytes.readUInt16LE(4);
  if (version !== formatVersion) return invalid(`its format version ${version} is unknown`);
  if (bytes.readBigUInt64LE(sealedBytes) !== xxh64(bytes.subarray(0, sealedBytes))) {
    return invalid('the checksum of its header is wrong');
  }
  const header: PageHeader = {
    namespace: bytes.toString('hex', 40, 72) as NamespaceId, // what `encodePageHeader` wrote, as its checksum says
    layoutVersion: bytes.readUInt16LE(6),
    geometryHash: bytes.readBigUInt64LE(16),
    payloadBytes: Number(bytes.readBigUInt64LE(24)),
    id: { block: blockKeyFromBytes(bytes.subarray(72, 104)), layer: bytes.readUInt16LE(8) },
    blockIndex: bytes.readUInt32LE(12),
    checksum: bytes.readBigUInt64LE(32),
  };
  return { kind: 'header', header };
}

/** Whether a record belongs to the worker that has this format; another model's does not. */
export function hasFormat(header: PageHeader, format: PageFormat): boolean {
  return (
    header.namespace === format.namespace &&
    header.layoutVersion === format.layoutVersion &&
    header.geometryHash === format.geometryHash &&
    header.payloadBytes === format.payloadBytes
  );
}

function invalid(reason: string): DecodedHeader {
  return { kind: 'invalid', reason };
}
