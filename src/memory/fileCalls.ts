import koffi from 'koffi';
import { KvError } from '../core/errors.js';

/** Calls on files of the C library that Node has no words for. Linux numbers; results are errno or 0. */
interface FileCalls {
  /** Reserves room for bytes of a file, which grows if need be. Runs in the thread pool. */
  preallocate(fd: number, offset: number, bytes: number): Promise<number>;
  /** Reads will be scattered: one request brings what it asks for, and nothing beside it. */
  adviseRandom(fd: number): void;
  /** Forgets what the page cache holds of a file. What is dirty stays. */
  dropCached(fd: number): void;
  /** Whether all of a stretch lies in the page cache; false where the system cannot say. */
  isCached(fd: number, offset: number, bytes: number): boolean;
  /** Reads from the page cache without waiting for the medium; bytes read, or -1. */
  readCached(fd: number, offset: number, into: readonly Uint8Array[]): number;
  /** Where bytes lie in memory. */
  addressOf(bytes: Uint8Array): bigint;
}

const cachestatCall = 451;
const adviceRandom = 1;
const adviceDontNeed = 4;
const noWait = 8;
const pageBytes = 4096;
const iovecBytes = 16;

let loaded: FileCalls | undefined;

/** @throws KvError `unsupported` on anything but Linux. */
export function fileCalls(): FileCalls {
  loaded ??= load();
  return loaded;
}

function load(): FileCalls {
  if (process.platform !== 'linux') {
    throw new KvError('unsupported', `slot files need Linux, and this is ${process.platform}`);
  }
  const process_ = koffi.load(null);
  const fallocate = process_.func('int posix_fallocate(int, int64_t, int64_t)');
  const fadvise = process_.func('int posix_fadvise(int, int64_t, int64_t, int)');
  const preadv2 = process_.func('intptr_t preadv2(int, const void*, int, int64_t, int)');
  const syscall = process_.func('long syscall(long, int, void*, void*, int)');
  // Kept from call to call: all of these return before anybody else can ask.
  const range = Buffer.alloc(16);
  const counts = Buffer.alloc(40);
  let vectors = Buffer.alloc(2 * iovecBytes);
  return {
    preallocate: (fd, offset, bytes) =>
      new Promise((resolve, reject) => {
        fallocate.async(fd, offset, bytes, (error: unknown, errno: number) =>
          error === null || error === undefined ? resolve(errno) : reject(error),
        );
      }),
    adviseRandom: (fd) => void fadvise(fd, 0, 0, adviceRandom),
    dropCached: (fd) => void fadvise(fd, 0, 0, adviceDontNeed),
    isCached(fd, offset, bytes) {
      range.writeBigUInt64LE(BigInt(offset), 0);
      range.writeBigUInt64LE(BigInt(bytes), 8);
      const known = syscall(cachestatCall, fd, range, counts, 0) === 0;
      return known && Number(counts.readBigUInt64LE(0)) >= Math.ceil(bytes / pageBytes);
    },
    readCached(fd, offset, into) {
      if (vectors.length < into.length * iovecBytes) vectors = Buffer.alloc(into.length * iovecBytes);
      into.forEach((part, i) => {
        vectors.writeBigUInt64LE(koffi.address(part), i * iovecBytes);
        vectors.writeBigUInt64LE(BigInt(part.length), i * iovecBytes + 8);
      });
      return Number(preadv2(fd, vectors, into.length, offset, noWait));
    },
    addressOf: (bytes) => koffi.address(bytes),
  };
}
