import { closeSync, constants, fchmodSync, fstatSync, ftruncateSync, openSync, readlinkSync } from 'node:fs';
import { formatByteSize } from '../core/byteSize.js';
import { KvError } from '../core/errors.js';
import { availableBytes } from './availableMemory.js';
import { libc } from './libc.js';
import { MappedParts } from './mappedParts.js';
import { fileSeals, type MapAccess, sharedCalls } from './sharedCalls.js';

const fileName = 'kvtide';
const systemPageBytes = 4096;
const generationBytes = 4;
const privateMode = 0o600;

export interface RegionShape {
  readonly slots: number;
  /** A multiple of 4096. */
  readonly slotBytes: number;
}

/** Where another process of the same user and pid namespace finds a region, and how it knows it. */
export interface RegionPlace extends RegionShape {
  readonly pid: number;
  readonly fd: number;
  /** Numbers of the file itself: elsewhere the same pid and fd may be another file. */
  readonly device: number;
  readonly inode: number;
}

export type OpenRegion =
  | { readonly kind: 'open'; readonly region: SharedRegion }
  | { readonly kind: 'refused'; readonly reason: string };

/**
 * Memory that two processes have mapped, cut in slots, with a count for each slot behind them. It is a file
 * without a name: nothing of it outlives its processes, however they end. Nobody can change its size, so
 * that no process is killed because another truncated what it reads.
 */
export class SharedRegion implements RegionShape {
  readonly slots: number;
  readonly slotBytes: number;
  readonly fd: number;
  readonly address: bigint;
  /** The slots, without what lies behind them. */
  readonly parts: MappedParts;
  /** One for each slot. */
  readonly counts: Int32Array;
  #fdOpen = true;
  #mapped = true;

  private constructor(shape: RegionShape, fd: number, access: MapAccess) {
    const { arenaBytes, fileBytes } = layoutOf(shape);
    this.slots = shape.slots;
    this.slotBytes = shape.slotBytes;
    this.fd = fd;
    this.address = sharedCalls().map(fd, fileBytes, access);
    this.parts = new MappedParts(this.address, arenaBytes);
    const countsAt = this.address + BigInt(arenaBytes);
    this.counts = new Int32Array(libc().view(countsAt, shape.slots * generationBytes));
  }

  /**
   * All of its memory is taken now. @param others what other processes may do.
   * @throws KvError `exhausted` with the figure needed, `invalid` for a shape that is none, `unsupported`
   */
  static create(shape: RegionShape, others: MapAccess): SharedRegion {
    const { slots, slotBytes } = shape;
    if (!(Number.isSafeInteger(slots) && slots > 0 && slotBytes > 0 && slotBytes % systemPageBytes === 0)) {
      throw new KvError('invalid', `${slots} slots of ${slotBytes} bytes cannot be shared`);
    }
    const { fileBytes } = layoutOf(shape);
    checkAvailable(fileBytes);
    const fd = sharedCalls().memoryFile(fileName);
    try {
      fchmodSync(fd, privateMode);
      ftruncateSync(fd, fileBytes);
      const errno = sharedCalls().allocate(fd, fileBytes);
      if (errno !== 0) throw tooLittle(fileBytes, `the system refused with errno ${errno}`);
      const region = new SharedRegion(shape, fd, 'readWrite');
      sealSize(fd, others);
      return region;
    } catch (thrown) {
      closeSync(fd);
      throw thrown;
    }
  }

  /** What another process created. Never throws for what the place says. */
  static open(place: RegionPlace, access: MapAccess): OpenRegion {
    const path = `/proc/${place.pid}/fd/${place.fd}`;
    let fd = -1;
    try {
      // Looked at before it is opened: to open just anything may block, or do something.
      if (!readlinkSync(path).startsWith(`/memfd:${fileName}`)) return refused('it is another file');
      fd = openSync(path, access === 'read' ? constants.O_RDONLY : constants.O_RDWR);
      const { dev, ino, size } = fstatSync(fd);
      const isIt = dev === place.device && ino === place.inode && size === layoutOf(place).fileBytes;
      if (!isIt) return refused('it is another file');
      const region = new SharedRegion(place, fd, access);
      fd = -1;
      return { kind: 'open', region };
    } catch (thrown) {
      return refused(KvError.from(thrown).message);
    } finally {
      if (fd >= 0) closeSync(fd);
    }
  }

  get place(): RegionPlace {
    return placeOf(this);
  }

  /** Sets up the page table ahead of use, in pieces, until done or closed. */
  async populate(): Promise<void> {
    const { fileBytes } = layoutOf(this);
    for (let at = 0; at < fileBytes && this.#mapped; at += populateBytes) {
      const bytes = Math.min(populateBytes, fileBytes - at);
      await sharedCalls().populate(this.address + BigInt(at), bytes);
    }
  }

  /** Other processes cannot open the region any more; those that have it keep it. */
  closeFile(): void {
    if (!this.#fdOpen) return;
    this.#fdOpen = false;
    closeSync(this.fd);
  }

  /**
   * `unmap` only where nobody reads a view any more. After `retire`, views that somebody kept show zeros;
   * the memory is given back either way.
   */
  close(how: 'unmap' | 'retire'): void {
    this.closeFile();
    if (!this.#mapped) return;
    this.#mapped = false;
    this.parts.close();
    const { fileBytes } = layoutOf(this);
    if (how === 'unmap') libc().unmap(this.address, fileBytes);
    else sharedCalls().retire(this.address, fileBytes);
  }
}

const populateBytes = 2 ** 28;

/** Where others find the file behind `fd` of this process. */
export function placeOf({ fd, slots, slotBytes }: RegionShape & { readonly fd: number }): RegionPlace {
  const { dev, ino } = fstatSync(fd);
  return { pid: process.pid, fd, device: dev, inode: ino, slots, slotBytes };
}

function layoutOf({ slots, slotBytes }: RegionShape): { arenaBytes: number; fileBytes: number } {
  const arenaBytes = slots * slotBytes;
  const countsBytes = Math.ceil((slots * generationBytes) / systemPageBytes) * systemPageBytes;
  return { arenaBytes, fileBytes: arenaBytes + countsBytes };
}

function sealSize(fd: number, others: MapAccess): void {
  const size = fileSeals.seal | fileSeals.shrink | fileSeals.grow;
  // Linux before 5.1 cannot forbid writing to others alone: there the file's mode is what holds them.
  if (others === 'read' && sharedCalls().seal(fd, size | fileSeals.futureWrite) === 0) return;
  const errno = sharedCalls().seal(fd, size);
  if (errno !== 0) throw new KvError('unsupported', `shared memory cannot be sealed: errno ${errno}`);
}

function checkAvailable(neededBytes: number): void {
  const available = availableBytes();
  if (neededBytes <= available) return;
  throw tooLittle(neededBytes, `${formatByteSize(available)} are available`);
}

function tooLittle(neededBytes: number, reason: string): KvError {
  const needed = formatByteSize(neededBytes);
  return new KvError('exhausted', `${needed} of shared memory are needed, and ${reason}`, {
    context: { neededBytes },
  });
}

function refused(reason: string): OpenRegion {
  return { kind: 'refused', reason };
}
