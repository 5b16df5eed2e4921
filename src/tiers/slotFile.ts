import {
  close,
  closeSync,
  constants,
  fdatasync,
  fstatSync,
  ftruncate,
  openSync,
  readv,
  unlinkSync,
  writev,
} from 'node:fs';
import { constants as system } from 'node:os';
import { promisify } from 'node:util';
import { KvError } from '../core/errors.js';
import { fileCalls } from '../memory/fileCalls.js';
import { FreeSlots } from './freeSlots.js';

/** Slots are multiples of this, as direct I/O wants it. */
const slotAlignmentBytes = 4096;
/**
 * Slots of this size and more bypass the page cache where memory is aligned: a copy and a second life in
 * memory cost more than a hop to another thread. Smaller ones are read from the cache at once.
 */
export const directIoBytesMin = 512 * 1024;
/**
 * Longer writes are made in pieces: a read that comes meanwhile waits for one of them at most, which matters
 * where the medium holds writers back.
 */
export const writeUnitBytes = 512 * 1024;
/** A file grows by its own size, at least and at most by this. */
const growthBytesMin = 2 ** 20;
const growthBytesMax = 32 * 2 ** 20;
/** Free room at the end of a file from which it is given back. */
const trailingBytesMax = 2 * growthBytesMax;

const direct = 0o40000;
const closeFile = promisify(close);
const syncData = promisify(fdatasync);
const truncate = promisify(ftruncate);
const writeParts = promisify(writev);
const readParts = promisify(readv);

export type SlotTake =
  | { readonly kind: 'slot'; readonly slot: number }
  | { readonly kind: 'full' }
  | { readonly kind: 'failed'; readonly cause: unknown };

/** Bytes of the slot that a payload lies in. */
export function slotBytesFor(payloadBytes: number): number {
  return Math.max(1, Math.ceil(payloadBytes / slotAlignmentBytes)) * slotAlignmentBytes;
}

/** Whether an error says that the medium has no room. */
export function isNoRoom(cause: unknown): boolean {
  const { ENOSPC, EDQUOT, EFBIG } = system.errno;
  const codes: unknown[] = ['ENOSPC', 'EDQUOT', 'EFBIG', ENOSPC, EDQUOT, EFBIG];
  return cause instanceof Error && 'code' in cause && codes.includes(cause.code);
}

/**
 * A file of slots of one size. Room is reserved before it is written, so the medium says that it is full
 * when a slot is taken. What is free at the end is given back. Which slots are taken is known from outside.
 */
export class SlotFile {
  readonly path: string;
  readonly slotBytes: number;
  readonly #free = new FreeSlots();
  /** Through the page cache. */
  readonly fd: number;
  /** Past the page cache; undefined for small slots and where the file system has no such thing. */
  readonly #directFd: number | undefined;
  /** Slots that somebody reads, and how many do. */
  readonly #readers = new Map<number, number>();
  /** Released while they were read. */
  readonly #leaving = new Set<number>();
  #whenUnread: (() => void) | undefined;
  #resizing: Promise<void> = Promise.resolve();
  #growing: Promise<SlotTake | undefined> | undefined;

  /** @throws what the system says when the file cannot be opened. */
  constructor(path: string, slotBytes: number) {
    this.path = path;
    this.slotBytes = slotBytes;
    this.fd = openSync(path, constants.O_RDWR | constants.O_CREAT, 0o600);
    this.#directFd = slotBytes >= directIoBytesMin ? openDirect(path) : undefined;
    fileCalls().adviseRandom(this.fd);
    this.#free.resize(Math.floor(fstatSync(this.fd).size / slotBytes));
  }

  get bytes(): number {
    return this.#free.capacity * this.slotBytes;
  }

  get usedSlots(): number {
    return this.#free.used;
  }

  /** At opening: a record lies here. False when there is no such slot, or it has a record. */
  claim(slot: number): boolean {
    return this.#free.claim(slot);
  }

  async take(): Promise<SlotTake> {
    for (;;) {
      const slot = this.#free.take();
      if (slot >= 0) return { kind: 'slot', slot };
      this.#growing ??= this.#grow();
      const refusal = await this.#growing;
      if (refusal !== undefined) return refusal;
    }
  }

  /** The slot may be taken anew once nobody reads it. */
  release(slot: number): void {
    if (this.#readers.has(slot)) {
      this.#leaving.add(slot);
      return;
    }
    this.#free.release(slot);
    this.shrink();
  }

  /** Gives back what is free at the end, when it is much. */
  shrink(): void {
    const { trailing, capacity } = this.#free;
    if (this.#growing !== undefined || trailing * this.slotBytes < trailingBytesMax) return;
    const kept = Math.ceil(growthBytesMax / this.slotBytes);
    const left = capacity - trailing + Math.min(trailing, kept);
    this.#free.resize(left);
    // A file that stays longer than it should does no harm.
    this.#resizing = this.#resizing.then(() => truncate(this.fd, left * this.slotBytes).catch(() => {}));
  }

  /** @throws what the system says. */
  async write(slot: number, parts: readonly Uint8Array[]): Promise<void> {
    await transfer(parts, slot * this.slotBytes, async (left, position) => {
      const rest = before(left, writeUnitBytes);
      const { bytesWritten } = await writeParts(this.#fdFor(rest), rest, position);
      return bytesWritten;
    });
  }

  /** What was written survives a power loss. @throws what the system says. */
  sync(): Promise<void> {
    return syncData(this.fd);
  }

  /**
   * Fills `into` from the start of the slot: at once if the page cache has it, else in another thread.
   * @throws what the system says, or KvError `corrupt` when the file ends before.
   */
  async read(slot: number, into: readonly Uint8Array[]): Promise<void> {
    this.#readers.set(slot, (this.#readers.get(slot) ?? 0) + 1);
    try {
      if (this.#readCached(slot, into)) return;
      await transfer(into, slot * this.slotBytes, async (rest, position) => {
        const { bytesRead } = await readParts(this.#fdFor(rest), rest, position);
        return bytesRead;
      });
    } finally {
      this.#endRead(slot);
    }
  }

  /** Waits for reads; no write may be under way. */
  async close(): Promise<void> {
    if (this.#readers.size > 0) {
      await new Promise<void>((resolve) => {
        this.#whenUnread = resolve;
      });
    }
    await this.#growing;
    await this.#resizing;
    if (this.#directFd !== undefined) await closeFile(this.#directFd);
    await closeFile(this.fd);
  }

  /** Closes and removes a file that holds nothing. */
  remove(): void {
    if (this.#directFd !== undefined) closeSync(this.#directFd);
    closeSync(this.fd);
    unlinkSync(this.path);
  }

  #endRead(slot: number): void {
    const left = this.#readers.get(slot)! - 1; // set by the read that ends
    if (left > 0) {
      this.#readers.set(slot, left);
      return;
    }
    this.#readers.delete(slot);
    if (this.#leaving.delete(slot)) this.release(slot);
    if (this.#readers.size === 0) this.#whenUnread?.();
  }

  #readCached(slot: number, into: readonly Uint8Array[]): boolean {
    if (this.#directFd !== undefined) return false;
    const bytes = lengthOf(into);
    const at = slot * this.slotBytes;
    const calls = fileCalls();
    return calls.isCached(this.fd, at, bytes) && calls.readCached(this.fd, at, into) === bytes;
  }

  #fdFor(parts: readonly Uint8Array[]): number {
    return this.#directFd !== undefined && parts.every(isAligned) ? this.#directFd : this.fd;
  }

  async #grow(): Promise<SlotTake | undefined> {
    try {
      await this.#resizing;
      const before = this.#free.capacity;
      const wanted = Math.min(growthBytesMax, Math.max(growthBytesMin, before * this.slotBytes));
      // On a medium that is nearly full, one slot may still fit.
      for (const slots of new Set([Math.max(1, Math.floor(wanted / this.slotBytes)), 1])) {
        const offset = before * this.slotBytes;
        const errno = await fileCalls().preallocate(this.fd, offset, slots * this.slotBytes);
        // Where room cannot be reserved, the file has holes, and a full medium shows when they are written.
        if (errno === system.errno.EOPNOTSUPP) await truncate(this.fd, offset + slots * this.slotBytes);
        if (errno === 0 || errno === system.errno.EOPNOTSUPP) {
          this.#free.resize(before + slots);
          return undefined;
        }
        const cause = Object.assign(new Error(`no room could be reserved: errno ${errno}`), { code: errno });
        if (!isNoRoom(cause)) return { kind: 'failed', cause };
        await truncate(this.fd, offset);
      }
      return { kind: 'full' };
    } catch (cause) {
      return { kind: 'failed', cause };
    } finally {
      this.#growing = undefined;
    }
  }
}

/** Moves all bytes of the parts, however few the system moves at a time. */
async function transfer(
  parts: readonly Uint8Array[],
  position: number,
  move: (rest: Uint8Array[], position: number) => Promise<number>,
): Promise<void> {
  let rest = parts.filter(({ length }) => length > 0);
  let at = position;
  while (rest.length > 0) {
    const moved = await move(rest, at);
    if (moved === 0) throw new KvError('corrupt', 'a data file ends before its slot does');
    at += moved;
    rest = after(rest, moved);
  }
}

/** The first `bytes` of the parts. */
function before(parts: readonly Uint8Array[], bytes: number): Uint8Array[] {
  let left = bytes;
  const first: Uint8Array[] = [];
  for (const part of parts) {
    if (left > 0) first.push(part.length <= left ? part : part.subarray(0, left));
    left -= part.length;
  }
  return first;
}

function after(parts: readonly Uint8Array[], bytes: number): Uint8Array[] {
  let skip = bytes;
  const rest: Uint8Array[] = [];
  for (const part of parts) {
    if (skip < part.length) rest.push(part.subarray(skip));
    skip = Math.max(0, skip - part.length);
  }
  return rest;
}

const lengthOf = (parts: readonly Uint8Array[]): number => parts.reduce((sum, { length }) => sum + length, 0);

function isAligned(part: Uint8Array): boolean {
  const isWhole = part.length % slotAlignmentBytes === 0;
  return isWhole && Number(fileCalls().addressOf(part) % BigInt(slotAlignmentBytes)) === 0;
}

function openDirect(path: string): number | undefined {
  try {
    return openSync(path, constants.O_RDWR | direct);
  } catch {
    return undefined;
  }
}
