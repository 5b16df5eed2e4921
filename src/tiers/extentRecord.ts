import { xxh64 } from '@node-rs/xxhash';

/** What the index says of one record. */
export interface ExtentRecord {
  /** Number of the format that it shares with others. */
  readonly format: number;
  /** Slot in the file of its slot size. */
  readonly slot: number;
  readonly payloadBytes: number;
  /** The caller's. */
  readonly own: Uint8Array;
}

const fixedBytes = 10;
const sumBytes = 4;
const formatSumBytes = 8;

/** Little-endian: format, slot, payload bytes, the caller's own, then a short checksum that covers the key. */
export function encodeRecord(key: Uint8Array, { format, slot, payloadBytes, own }: ExtentRecord): Buffer {
  const bytes = Buffer.allocUnsafe(fixedBytes + own.length + sumBytes);
  bytes.writeUInt16LE(format, 0);
  bytes.writeUInt32LE(slot, 2);
  bytes.writeUInt32LE(payloadBytes, 6);
  bytes.set(own, fixedBytes);
  bytes.writeUInt32LE(sumOf(key, bytes), bytes.length - sumBytes);
  return bytes;
}

/** Copies out of `from`; undefined when it is damaged or belongs to another key. */
export function decodeRecord(key: Uint8Array, from: Uint8Array): ExtentRecord | undefined {
  const bytes = Buffer.from(from.buffer, from.byteOffset, from.length); // LMDB lends values in a longer buffer
  const end = bytes.length - sumBytes;
  if (end < fixedBytes || bytes.readUInt32LE(end) !== sumOf(key, bytes)) return undefined;
  return {
    format: bytes.readUInt16LE(0),
    slot: bytes.readUInt32LE(2),
    payloadBytes: bytes.readUInt32LE(6),
    own: Uint8Array.prototype.slice.call(bytes, fixedBytes, end),
  };
}

function sumOf(key: Uint8Array, bytes: Buffer): number {
  const sum = xxh64(bytes.subarray(0, bytes.length - sumBytes), xxh64(key));
  return Number(sum & 0xffff_ffffn);
}

/** What records of one format share, with a checksum behind it. */
export function encodeFormat(shared: Uint8Array): Buffer {
  const bytes = Buffer.allocUnsafe(shared.length + formatSumBytes);
  bytes.set(shared);
  bytes.writeBigUInt64LE(xxh64(shared), shared.length);
  return bytes;
}

/** Copies out of `from`; undefined when it is damaged. */
export function decodeFormat(from: Uint8Array): Uint8Array | undefined {
  const bytes = Buffer.from(from.buffer, from.byteOffset, from.length); // LMDB lends values in a longer buffer
  const end = bytes.length - formatSumBytes;
  if (end < 0) return undefined;
  const shared: Uint8Array = Uint8Array.prototype.slice.call(bytes, 0, end);
  return bytes.readBigUInt64LE(end) === xxh64(shared) ? shared : undefined;
}

export function formatKey(format: number): Buffer {
  const key = Buffer.allocUnsafe(2);
  key.writeUInt16BE(format);
  return key;
}
