import { xxh64 } from '@node-rs/xxhash';
import { blockKeyFromBytes } from '../core/blockKey.js';
import { type Geometry, pageBytes } from '../core/geometry.js';
import { canonicalJson, type NamespaceId } from '../core/namespace.js';
import { type PageId, pageKey, pageKeyBytes } from '../core/pageId.js';
import type { DiskMeta } from '../core/ports/disk.js';

/** What every page of one worker has in common. */
export interface PageFormat {
  readonly namespace: NamespaceId;
  readonly layoutVersion: number;
  /** xxh64 over kvHeads, headDim, blockTokens and dtype. */
  readonly geometryHash: bigint;
  readonly payloadBytes: number;
}

export interface PageHeader {
  readonly id: PageId;
  readonly blockIndex: number;
  readonly checksum: bigint;
}

export type DecodedFormat =
  | { readonly kind: 'format'; readonly format: PageFormat }
  | { readonly kind: 'invalid'; readonly reason: string };

export type DecodedHeader =
  | { readonly kind: 'header'; readonly header: PageHeader; readonly format: PageFormat }
  | { readonly kind: 'invalid'; readonly reason: string };

const magic = 0x4750564b; // "KVPG" in memory order
const formatVersion = 2;
const formatSumAt = 56;
export const pageFormatBytes = formatSumAt + 8;
const ownSumAt = 12;
export const pageOwnBytes = ownSumAt + 4;

export function pageFormat(namespace: NamespaceId, geometry: Geometry): PageFormat {
  const { kvHeads, headDim, blockTokens, dtype, layoutVersion } = geometry;
  return {
    namespace,
    layoutVersion,
    geometryHash: xxh64(canonicalJson({ kvHeads, headDim, blockTokens, dtype })),
    payloadBytes: pageBytes(geometry),
  };
}

/** The shared part of a page's record. Little-endian; the last 8 bytes are xxh64 over those before. */
export function encodePageFormat(format: PageFormat): Buffer {
  const bytes = Buffer.alloc(pageFormatBytes);
  bytes.writeUInt32LE(magic, 0);
  bytes.writeUInt16LE(formatVersion, 4);
  bytes.writeUInt16LE(format.layoutVersion, 6);
  bytes.writeBigUInt64LE(format.geometryHash, 8);
  bytes.writeBigUInt64LE(BigInt(format.payloadBytes), 16);
  bytes.write(format.namespace, 24, 'hex');
  bytes.writeBigUInt64LE(xxh64(bytes.subarray(0, formatSumAt)), formatSumAt);
  return bytes;
}

/** The page's own part: block index, checksum of the payload, and a short checksum that covers its key. */
export function encodePageHeader({ id, blockIndex, checksum }: PageHeader): Buffer {
  const bytes = Buffer.alloc(pageOwnBytes);
  bytes.writeUInt32LE(blockIndex, 0);
  bytes.writeBigUInt64LE(checksum, 4);
  bytes.writeUInt32LE(ownSum(pageKey(id), bytes), ownSumAt);
  return bytes;
}

/** A format is decoded once for all records that share it. */
const known = new WeakMap<Uint8Array, DecodedFormat>();

/** @param shared may not change while it lives. */
function decodePageFormat(shared: Uint8Array): DecodedFormat {
  const before = known.get(shared);
  if (before !== undefined) return before;
  const decoded = decodeFormat(Buffer.from(shared.buffer, shared.byteOffset, shared.byteLength));
  known.set(shared, decoded);
  return decoded;
}

/** @param key of the record: `pageKey`. */
export function decodePageHeader(key: Uint8Array, { shared, own }: DiskMeta): DecodedHeader {
  const decoded = decodePageFormat(shared);
  if (decoded.kind === 'invalid') return decoded;
  const bytes = Buffer.from(own.buffer, own.byteOffset, own.byteLength);
  if (key.length !== pageKeyBytes || bytes.length !== pageOwnBytes) return invalid('it is no page header');
  if (bytes.readUInt32LE(ownSumAt) !== ownSum(key, bytes)) {
    return invalid('its header is damaged, or of another page');
  }
  const id = { block: blockKeyFromBytes(key), layer: (key[32]! << 8) | key[33]! };
  const header = { id, blockIndex: bytes.readUInt32LE(0), checksum: bytes.readBigUInt64LE(4) };
  return { kind: 'header', header, format: decoded.format };
}

/** Whether a record belongs to the worker that has this format; another model's does not. */
export function isSameFormat(a: PageFormat, b: PageFormat): boolean {
  return (
    a.namespace === b.namespace &&
    a.layoutVersion === b.layoutVersion &&
    a.geometryHash === b.geometryHash &&
    a.payloadBytes === b.payloadBytes
  );
}

function decodeFormat(bytes: Buffer): DecodedFormat {
  if (bytes.length !== pageFormatBytes) return invalid(`${bytes.length} bytes are no page format`);
  if (bytes.readUInt32LE(0) !== magic) return invalid('it does not begin like a page format');
  const version = bytes.readUInt16LE(4);
  if (version !== formatVersion) return invalid(`its format version ${version} is unknown`);
  if (bytes.readBigUInt64LE(formatSumAt) !== xxh64(bytes.subarray(0, formatSumAt))) {
    return invalid('the checksum of its format is wrong');
  }
  const format: PageFormat = {
    namespace: bytes.toString('hex', 24, formatSumAt) as NamespaceId, // what `encodePageFormat` wrote, as its checksum says
    layoutVersion: bytes.readUInt16LE(6),
    geometryHash: bytes.readBigUInt64LE(8),
    payloadBytes: Number(bytes.readBigUInt64LE(16)),
  };
  return { kind: 'format', format };
}

function ownSum(key: Uint8Array, own: Buffer): number {
  return Number(xxh64(own.subarray(0, ownSumAt), xxh64(key)) & 0xffff_ffffn);
}

function invalid(reason: string): { readonly kind: 'invalid'; readonly reason: string } {
  return { kind: 'invalid', reason };
}
