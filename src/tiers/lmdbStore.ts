import { type Database, open, type RootDatabase } from 'lmdb';

/** Counts up when the meaning of what is stored changes; a store of a newer format is not touched. */
export const lmdbFormat = 1;

/** 16 KiB pages write twice as fast as 4 KiB ones; payloads of 8 KiB and more get pages of their own. */
export const lmdbPageBytes = 16 * 1024;

/** Address space, not bytes on disk. LMDB maps more by itself when a file outgrows it. */
const mapBytes = 2 ** 36;

export const lmdbNames = { about: 'about', index: 'index', payload: 'payload' } as const;

type Bytes = Database<Uint8Array, Uint8Array>;

/** One LMDB environment: `index` files length and meta under each key, `payload` the bytes. */
export interface LmdbStore {
  readonly root: RootDatabase<Uint8Array, Uint8Array>;
  readonly about: Bytes;
  readonly index: Bytes;
  readonly payload: Bytes;
}

export function openLmdbStore(dir: string): LmdbStore {
  const binary = { encoding: 'binary', keyEncoding: 'binary', cache: false } as const;
  const root = open<Uint8Array, Uint8Array>({
    path: dir,
    noSubdir: false,
    pageSize: lmdbPageBytes,
    mapSize: mapBytes,
    maxDbs: 3,
    // A commit is flushed before it is visible. Overlapping the two was no faster, and after a commit that
    // failed its promise of a flush never settles.
    overlappingSync: false,
    eventTurnBatching: false, // batches are ours to make
    ...binary,
  });
  const database = (name: string): Bytes => root.openDB<Uint8Array, Uint8Array>(name, binary);
  return {
    root,
    about: database(lmdbNames.about),
    index: database(lmdbNames.index),
    payload: database(lmdbNames.payload),
  };
}

/** What the store says of itself; written in every transaction that changes it. */
export interface LmdbAbout {
  readonly format: number;
  readonly records: number;
}

export const aboutKey = Buffer.from('about');

export function encodeAbout({ format, records }: LmdbAbout): Buffer {
  const bytes = Buffer.alloc(16);
  bytes.writeUInt32LE(format, 0);
  bytes.writeDoubleLE(records, 8);
  return bytes;
}

export function decodeAbout(bytes: Uint8Array): LmdbAbout {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return { format: view.getUint32(0, true), records: view.getFloat64(8, true) };
}

const lengthBytes = 4;

/** An index entry: the payload's length as little-endian uint32, then the caller's meta. */
export function encodeEntry(payloadBytes: number, meta: Uint8Array): Buffer {
  const entry = Buffer.allocUnsafe(lengthBytes + meta.length);
  entry.writeUInt32LE(payloadBytes, 0);
  entry.set(meta, lengthBytes);
  return entry;
}

/** Copies out of `entry`, which LMDB may overwrite. */
export function decodeEntry(entry: Uint8Array): { readonly payloadBytes: number; readonly meta: Uint8Array } {
  const view = new DataView(entry.buffer, entry.byteOffset, lengthBytes);
  return { payloadBytes: view.getUint32(0, true), meta: entry.slice(lengthBytes) };
}
