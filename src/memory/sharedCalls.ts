import { constants } from 'node:os';
import koffi from 'koffi';
import { KvError } from '../core/errors.js';

export type MapAccess = 'read' | 'readWrite';

/** Calls on files that are memory, of the C library. Linux numbers. */
interface SharedCalls {
  /** A file without a name, of no bytes, which may be sealed; its descriptor. */
  memoryFile(name: string): number;
  /** Takes the memory of the first `bytes` of a file now: 0, or the errno. */
  allocate(fd: number, bytes: number): number;
  /** Forbids what `seals` name, for everybody and for good: 0, or the errno. */
  seal(fd: number, seals: number): number;
  /** The address where the file lies from now on. */
  map(fd: number, bytes: number, access: MapAccess): bigint;
  /** Sets up the page table of a read-only mapping, off this thread. Advice only. */
  populate(address: bigint, bytes: number): Promise<void>;
  /**
   * Lets go of what is mapped, and leaves zeros there that cost no memory: a view that somebody kept reads
   * nothing that counts, where after an unmap it would end the process. The addresses stay taken.
   */
  retire(address: bigint, bytes: number): void;
}

/** What may be forbidden of a memory file (fcntl F_ADD_SEALS). */
export const fileSeals = { seal: 0x1, shrink: 0x2, grow: 0x4, futureWrite: 0x10 } as const;

const closeOnExec = 0x1;
const allowSealing = 0x2;
const noExecute = 0x8;
const addSeals = 1033;
const protRead = 0x1;
const protWrite = 0x2;
const mapShared = 0x01;
const mapRetired = 0x02 | 0x10 | 0x20 | 0x4000; // private, at this address, anonymous, reserves nothing
const adviseFaultIn = 22;
const mapFailed = 0xffff_ffff_ffff_ffffn;

let loaded: SharedCalls | undefined;

/** @throws KvError `unsupported` on anything but Linux. */
export function sharedCalls(): SharedCalls {
  loaded ??= load();
  return loaded;
}

function load(): SharedCalls {
  if (process.platform !== 'linux') {
    throw new KvError('unsupported', `shared memory needs Linux, and this is ${process.platform}`);
  }
  const process_ = koffi.load(null);
  const memfdCreate = process_.func('int memfd_create(const char*, uint)');
  const fallocate = process_.func('int fallocate(int, int, int64_t, int64_t)');
  const fcntl = process_.func('int fcntl(int, int, ...)');
  const mmap = process_.func('uintptr_t mmap(uintptr_t, size_t, int, int, int, int64_t)');
  const madvise = process_.func('int madvise(uintptr_t, size_t, int)');
  return {
    memoryFile(name) {
      let fd: number = memfdCreate(name, closeOnExec | allowSealing | noExecute);
      // Linux before 6.3 does not know the last flag; from then on some refuse files without it.
      if (fd < 0 && koffi.errno() === constants.errno.EINVAL) {
        fd = memfdCreate(name, closeOnExec | allowSealing);
      }
      if (fd >= 0) return fd;
      const errno = koffi.errno();
      throw new KvError(
        'unsupported',
        `memory cannot be shared here: memfd_create failed with errno ${errno}`,
      );
    },
    allocate: (fd, bytes) => (fallocate(fd, 0, 0, bytes) === 0 ? 0 : koffi.errno()),
    seal: (fd, seals) => (fcntl(fd, addSeals, 'int', seals) === 0 ? 0 : koffi.errno()),
    map(fd, bytes, access) {
      const protection = access === 'read' ? protRead : protRead | protWrite;
      const address = BigInt(mmap(0, bytes, protection, mapShared, fd, 0));
      if (address !== mapFailed) return address;
      const errno = koffi.errno();
      throw new KvError('exhausted', `cannot map ${bytes} bytes of shared memory: errno ${errno}`, {
        context: { bytes, errno },
      });
    },
    populate: (address, bytes) =>
      new Promise((resolve) => madvise.async(address, bytes, adviseFaultIn, () => resolve())),
    retire(address, bytes) {
      mmap(address, bytes, protRead, mapRetired, -1, 0);
    },
  };
}
