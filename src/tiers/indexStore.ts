import { xxh64 } from '@node-rs/xxhash';
import { type Database, open, type RootDatabase } from 'lmdb';

/** Counts up when the meaning of what is stored changes; a store of a newer format is not touched. */
export const indexFormat = 2;
/** Stores of formats before this are moved to quarantine. Format 1 kept payloads in LMDB. */
export const oldestReadableFormat = 2;

/** Records are small: with small pages a commit of a few rewrites little. */
export const indexPageBytes = 4096;

/** Address space, not bytes on disk. LMDB maps more by itself when a file outgrows it. */
const mapBytes = 2 ** 34;

export const indexNames = { about: 'about', formats: 'formats', records: 'records' } as const;

type Bytes = Database<Uint8Array, Uint8Array>;

/** One LMDB environment. extentRecord.ts says what its values look like. */
export interface IndexStore {
  readonly root: RootDatabase<Uint8Array, Uint8Array>;
  readonly about: Bytes;
  readonly formats: Bytes;
  readonly records: Bytes;
}

export function openIndexStore(dir: string): IndexStore {
  const binary = { encoding: 'binary', keyEncoding: 'binary', cache: false } as const;
  const root = open<Uint8Array, Uint8Array>({
    path: dir,
    noSubdir: false,
    pageSize: indexPageBytes,
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
    about: database(indexNames.about),
    formats: database(indexNames.formats),
    records: database(indexNames.records),
  };
}

/** What the store says of itself; written in every transaction that changes it. */
export interface IndexAbout {
  readonly format: number;
  readonly records: number;
}

export const aboutKey = Buffer.from('about');
const aboutSumAt = 16;
const aboutBytes = aboutSumAt + 8;
/** Format 1 had no checksum here. */
const firstAboutBytes = 16;

/** The place of `format`, and the checksum at the end, are the same in all later formats. */
export function encodeAbout({ format, records }: IndexAbout): Buffer {
  const bytes = Buffer.alloc(aboutBytes);
  bytes.writeUInt32LE(format, 0);
  bytes.writeDoubleLE(records, 8);
  bytes.writeBigUInt64LE(xxh64(bytes.subarray(0, aboutSumAt)), aboutSumAt);
  return bytes;
}

/** Undefined when it is damaged. */
export function decodeAbout(bytes: Buffer): IndexAbout | undefined {
  if (bytes.length === firstAboutBytes && bytes.readUInt32LE(0) === 1) {
    return { format: 1, records: bytes.readDoubleLE(8) };
  }
  const sumAt = bytes.length - 8;
  if (sumAt < aboutSumAt || bytes.readBigUInt64LE(sumAt) !== xxh64(bytes.subarray(0, sumAt)))
    return undefined;
  return { format: bytes.readUInt32LE(0), records: bytes.readDoubleLE(8) };
}
