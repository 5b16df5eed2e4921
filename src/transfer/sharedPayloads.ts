import { KvError } from '../core/errors.js';
import type { RegionPlace } from '../memory/sharedRegion.js';

/** What an `attach` says, in the header's `code`. */
export const attachCodes = {
  /** Where is the memory? */
  ask: 1,
  /** This side has mapped it. */
  held: 2,
} as const;

/** Where a page that was lent lies, in the `code` of `lent`. */
export const lentCodes = {
  /** In the arena, where it is kept: the payload says which slot. */
  arena: 1,
  /** In the slot of the segment that was offered. */
  segment: 2,
} as const;

/** Where the memory of a connection is found. */
export interface SharedMemoryPlaces {
  /** The slots that pages are kept in; null where nobody may map them. */
  readonly arena: RegionPlace | null;
  /** The slots that pages are copied through. */
  readonly segment: RegionPlace;
}

/** Of a `lent` from the arena. */
export interface LentSlot {
  readonly slot: number;
  /** The slot's count while it is this page's. */
  readonly generation: number;
}

export const lentSlotBytes = 8;
const placeBytes = 36;
/** Arena, then segment. */
export const segmentsBytes = 2 * placeBytes;

export function lentSlotPayload({ slot, generation }: LentSlot): Buffer {
  const bytes = Buffer.allocUnsafe(lentSlotBytes);
  bytes.writeUInt32LE(slot, 0);
  bytes.writeInt32LE(generation, 4);
  return bytes;
}

export function readLentSlot(bytes: Buffer): LentSlot {
  return { slot: bytes.readUInt32LE(0), generation: bytes.readInt32LE(4) };
}

/** No arena is written as zeros. */
export function segmentsPayload({ arena, segment }: SharedMemoryPlaces): Buffer {
  const bytes = Buffer.alloc(segmentsBytes);
  if (arena !== null) writePlace(bytes, 0, arena);
  writePlace(bytes, placeBytes, segment);
  return bytes;
}

/** @throws KvError `invalid` where there is no segment. */
export function readSegments(bytes: Buffer): SharedMemoryPlaces {
  const arena = readPlace(bytes, 0);
  const segment = readPlace(bytes, placeBytes);
  if (segment.slots === 0) throw new KvError('invalid', 'a lane over shared memory came without a segment');
  return { arena: arena.slots === 0 ? null : arena, segment };
}

function writePlace(bytes: Buffer, at: number, place: RegionPlace): void {
  bytes.writeUInt32LE(place.pid, at);
  bytes.writeUInt32LE(place.fd, at + 4);
  bytes.writeBigUInt64LE(BigInt(place.device), at + 8);
  bytes.writeBigUInt64LE(BigInt(place.inode), at + 16);
  bytes.writeUInt32LE(place.slots, at + 24);
  bytes.writeBigUInt64LE(BigInt(place.slotBytes), at + 28);
}

function readPlace(bytes: Buffer, at: number): RegionPlace {
  return {
    pid: bytes.readUInt32LE(at),
    fd: bytes.readUInt32LE(at + 4),
    device: Number(bytes.readBigUInt64LE(at + 8)),
    inode: Number(bytes.readBigUInt64LE(at + 16)),
    slots: bytes.readUInt32LE(at + 24),
    slotBytes: Number(bytes.readBigUInt64LE(at + 28)),
  };
}
