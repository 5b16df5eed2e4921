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
  /** Bytes of the page. */
  readonly payloadBytes: number;
  /** Missing where the page is stored as it is. */
  readonly encoding?: PageEncoding;
  /** With an encoding alone: missing where the payload is not encrypted. */
  readonly cipher?: PageCipherName;
}

/** Whose key a payload is encrypted with (pageCipher.ts), and which of them. */
export interface PageCipherName {
  /** `tenantMark` of its name. */
  readonly tenant: number;
  readonly keyId: number;
}

/** How the payload of a record is made of the page (codec/pageCodec.ts). */
export interface PageEncoding {
  readonly codec: number;
  readonly version: number;
  /** Bytes of the payload. */
  readonly storedBytes: number;
}

export interface PageHeader {
  readonly id: PageId;
  readonly blockIndex: number;
  /** Of the page that was stored. */
  readonly checksum: bigint;
  /** xxh64 over the payload; missing where the page is stored as it is. */
  readonly encodedChecksum?: bigint;
}

export type DecodedFormat =
  | { readonly kind: 'format'; readonly format: PageFormat }
  | { readonly kind: 'invalid'; readonly reason: string };

export type DecodedHeader =
  | { readonly kind: 'header'; readonly header: PageHeader; readonly format: PageFormat }
  | { readonly kind: 'invalid'; readonly reason: string };

const magic = 0x4750564b; // "KVPG" in memory order
const formatVersion = 2;
/** Of records with an encoding. */
const encodedFormatVersion = 3;
/** Of records with an encoding that are encrypted. */
const encryptedFormatVersion = 4;
const formatSumAt = 56;
const encodedFormatSumAt = 64;
const encryptedFormatSumAt = 72;
export const pageFormatBytes = formatSumAt + 8;
const sumAtOfVersion: ReadonlyMap<number, number> = new Map([
  [formatVersion, formatSumAt],
  [encodedFormatVersion, encodedFormatSumAt],
  [encryptedFormatVersion, encryptedFormatSumAt],
]);
const encodedSumAt = 12;
const ownSumBytes = 4;
export const pageOwnBytes = encodedSumAt + ownSumBytes;
const encodedOwnBytes = pageOwnBytes + 8;

export function pageFormat(namespace: NamespaceId, geometry: Geometry): PageFormat {
  const { kvHeads, headDim, blockTokens, dtype, layoutVersion } = geometry;
  return {
    namespace,
    layoutVersion,
    geometryHash: xxh64(canonicalJson({ kvHeads, headDim, blockTokens, dtype })),
    payloadBytes: pageBytes(geometry),
  };
}

/** Bytes of the payload of a record. */
export function storedBytes({ payloadBytes, encoding }: PageFormat): number {
  return encoding?.storedBytes ?? payloadBytes;
}

/** The shared part of a page's record. Little-endian; the last 8 bytes are xxh64 over those before. */
export function encodePageFormat(format: PageFormat): Buffer {
  const { cipher, encoding } = format;
  const version = versionOf(format);
  const sumAt = sumAtOfVersion.get(version)!;
  const bytes = Buffer.alloc(sumAt + 8);
  bytes.writeUInt32LE(magic, 0);
  bytes.writeUInt16LE(version, 4);
  bytes.writeUInt16LE(format.layoutVersion, 6);
  bytes.writeBigUInt64LE(format.geometryHash, 8);
  bytes.writeBigUInt64LE(BigInt(format.payloadBytes), 16);
  bytes.write(format.namespace, 24, 'hex');
  if (encoding !== undefined) {
    bytes.writeUInt16LE(encoding.codec, formatSumAt);
    bytes.writeUInt16LE(encoding.version, formatSumAt + 2);
    bytes.writeUInt32LE(encoding.storedBytes, formatSumAt + 4);
  }
  if (cipher !== undefined) {
    bytes.writeUInt32LE(cipher.tenant, encodedFormatSumAt);
    bytes.writeUInt32LE(cipher.keyId, encodedFormatSumAt + 4);
  }
  bytes.writeBigUInt64LE(xxh64(bytes.subarray(0, sumAt)), sumAt);
  return bytes;
}

/**
 * The page's own part: block index, checksum of the page, that of an encoded payload, and a short checksum
 * that covers the key.
 */
export function encodePageHeader({ id, blockIndex, checksum, encodedChecksum }: PageHeader): Buffer {
  const bytes = Buffer.alloc(encodedChecksum === undefined ? pageOwnBytes : encodedOwnBytes);
  bytes.writeUInt32LE(blockIndex, 0);
  bytes.writeBigUInt64LE(checksum, 4);
  if (encodedChecksum !== undefined) bytes.writeBigUInt64LE(encodedChecksum, encodedSumAt);
  bytes.writeUInt32LE(ownSum(pageKey(id), bytes), bytes.length - ownSumBytes);
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
  const isEncoded = decoded.format.encoding !== undefined;
  const ownBytes = isEncoded ? encodedOwnBytes : pageOwnBytes;
  if (key.length !== pageKeyBytes || bytes.length !== ownBytes) return invalid('it is no page header');
  if (bytes.readUInt32LE(ownBytes - ownSumBytes) !== ownSum(key, bytes)) {
    return invalid('its header is damaged, or of another page');
  }
  const id = { block: blockKeyFromBytes(key), layer: (key[32]! << 8) | key[33]! };
  const header = { id, blockIndex: bytes.readUInt32LE(0), checksum: bytes.readBigUInt64LE(4) };
  if (!isEncoded) return { kind: 'header', header, format: decoded.format };
  const encodedChecksum = bytes.readBigUInt64LE(encodedSumAt);
  return { kind: 'header', header: { ...header, encodedChecksum }, format: decoded.format };
}

/** Whether pages of both are of one model and shape, stored in one way. */
export function isSameFormat(a: PageFormat, b: PageFormat): boolean {
  return (
    a.namespace === b.namespace &&
    a.layoutVersion === b.layoutVersion &&
    a.geometryHash === b.geometryHash &&
    a.payloadBytes === b.payloadBytes &&
    a.encoding?.codec === b.encoding?.codec &&
    a.encoding?.version === b.encoding?.version &&
    a.encoding?.storedBytes === b.encoding?.storedBytes &&
    a.cipher?.tenant === b.cipher?.tenant &&
    a.cipher?.keyId === b.cipher?.keyId
  );
}

function decodeFormat(bytes: Buffer): DecodedFormat {
  if (bytes.length < pageFormatBytes) return invalid(`${bytes.length} bytes are no page format`);
  if (bytes.readUInt32LE(0) !== magic) return invalid('it does not begin like a page format');
  const version = bytes.readUInt16LE(4);
  const sumAt = sumAtOfVersion.get(version);
  if (sumAt === undefined) return invalid(`its format version ${version} is unknown`);
  const wantedBytes = sumAt + 8;
  if (bytes.length !== wantedBytes) return invalid(`${bytes.length} bytes are no page format`);
  if (bytes.readBigUInt64LE(wantedBytes - 8) !== xxh64(bytes.subarray(0, wantedBytes - 8))) {
    return invalid('the checksum of its format is wrong');
  }
  const format: PageFormat = {
    namespace: bytes.toString('hex', 24, formatSumAt) as NamespaceId, // what `encodePageFormat` wrote, as its checksum says
    layoutVersion: bytes.readUInt16LE(6),
    geometryHash: bytes.readBigUInt64LE(8),
    payloadBytes: Number(bytes.readBigUInt64LE(16)),
  };
  if (version === formatVersion) return { kind: 'format', format };
  const encoding: PageEncoding = {
    codec: bytes.readUInt16LE(formatSumAt),
    version: bytes.readUInt16LE(formatSumAt + 2),
    storedBytes: bytes.readUInt32LE(formatSumAt + 4),
  };
  if (version === encodedFormatVersion) return { kind: 'format', format: { ...format, encoding } };
  const cipher: PageCipherName = {
    tenant: bytes.readUInt32LE(encodedFormatSumAt),
    keyId: bytes.readUInt32LE(encodedFormatSumAt + 4),
  };
  return { kind: 'format', format: { ...format, encoding, cipher } };
}

function versionOf({ cipher, encoding }: PageFormat): number {
  if (cipher !== undefined) return encryptedFormatVersion;
  return encoding === undefined ? formatVersion : encodedFormatVersion;
}

function ownSum(key: Uint8Array, own: Buffer): number {
  return Number(xxh64(own.subarray(0, own.length - ownSumBytes), xxh64(key)) & 0xffff_ffffn);
}

function invalid(reason: string): { readonly kind: 'invalid'; readonly reason: string } {
  return { kind: 'invalid', reason };
}
