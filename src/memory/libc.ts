import koffi from 'koffi';
import { KvError } from '../core/errors.js';

/** The few calls of the C library that Node has no words for. Linux numbers. */
interface Libc {
  /** The address of a zeroed, anonymous mapping, on huge pages where the system gives them. */
  mapAnonymous(sizeBytes: number): bigint;
  unmap(address: bigint, sizeBytes: number): void;
  /** 0, or the errno of mlock. */
  lockMemory(address: bigint, sizeBytes: number): number;
  /** 0, or the errno of flock(LOCK_EX | LOCK_NB). */
  tryLockFile(fd: number): number;
  /** A view of memory at an address, at most 4 GiB. It keeps nothing mapped. */
  view(address: bigint, sizeBytes: number): ArrayBuffer;
}

const protReadWrite = 0x1 | 0x2;
const mapPrivateAnonymous = 0x02 | 0x20;
const adviseHugePages = 14;
const lockExclusiveNoWait = 2 | 4;
const mapFailed = 0xffff_ffff_ffff_ffffn;

let loaded: Libc | undefined;

/** @throws KvError `unsupported` on anything but Linux. */
export function libc(): Libc {
  loaded ??= load();
  return loaded;
}

function load(): Libc {
  if (process.platform !== 'linux') {
    throw new KvError('unsupported', `mapped memory needs Linux, and this is ${process.platform}`);
  }
  const process_ = koffi.load(null); // the symbols that node itself is linked with: glibc or musl
  const mmap = process_.func('uintptr_t mmap(uintptr_t, size_t, int, int, int, int64_t)');
  const madvise = process_.func('int madvise(uintptr_t, size_t, int)');
  const munmap = process_.func('int munmap(uintptr_t, size_t)');
  const mlock = process_.func('int mlock(uintptr_t, size_t)');
  const flock = process_.func('int flock(int, int)');
  return {
    mapAnonymous(sizeBytes) {
      const address = BigInt(mmap(0, sizeBytes, protReadWrite, mapPrivateAnonymous, -1, 0));
      if (address === mapFailed) {
        throw new KvError('exhausted', `cannot map ${sizeBytes} bytes: errno ${koffi.errno()}`, {
          context: { sizeBytes, errno: koffi.errno() },
        });
      }
      // Kernels read whole arenas: fewer, larger pages spare the address translation. Advice only.
      madvise(address, sizeBytes, adviseHugePages);
      return address;
    },
    unmap: (address, sizeBytes) => void munmap(address, sizeBytes),
    lockMemory: (address, sizeBytes) => (mlock(address, sizeBytes) === 0 ? 0 : koffi.errno()),
    tryLockFile: (fd) => (flock(fd, lockExclusiveNoWait) === 0 ? 0 : koffi.errno()),
    view: (address, sizeBytes) => koffi.view(address, sizeBytes),
  };
}
