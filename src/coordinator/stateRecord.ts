import { crc32 } from 'node:zlib';
import type { SequenceId } from '../core/plan.js';
import type { Assignment, StateChange } from './durableState.js';

/** Under which key a change files, or removes, its record. */
export function recordKey(change: StateChange): string {
  switch (change.kind) {
    case 'epoch':
      return 'epoch';
    case 'assign':
      return seatKey(change.assignment);
    case 'putSequence':
      return `sequence/${change.sequence.id}`;
    case 'growSequence':
      return growthKey(change.growth.id, change.growth.from);
    case 'dropSequence':
      return `sequence/${change.sequence}`;
    case 'putPin':
      return `pin/${change.pin.block}`;
    case 'dropPin':
      return `pin/${change.block}`;
  }
}

/** Behind the sequence's own record, in the order in which it grew. */
function growthKey(id: SequenceId, from: number): string {
  return `${growthPrefix(id)}${String(from).padStart(10, '0')}`;
}

/** How the keys of all records of a sequence's growth begin. */
export function growthPrefix(id: SequenceId): string {
  return `sequence/${id}/`;
}

function seatKey({ stage, place = 0 }: Assignment): string {
  return place === 0 ? `assign/${stage}` : `assign/${stage}.${place}`;
}

const checksumBytes = 4;

/** A record: CRC-32 of the JSON, little-endian, then the JSON. */
export function encodeRecord(value: unknown): Buffer {
  const json = Buffer.from(JSON.stringify(value));
  const record = Buffer.allocUnsafe(checksumBytes + json.length);
  record.writeUInt32LE(crc32(json), 0);
  json.copy(record, checksumBytes);
  return record;
}

export type RecordRead = { readonly kind: 'sound'; readonly value: unknown } | { readonly kind: 'corrupt' };

export function decodeRecord(record: Uint8Array): RecordRead {
  const bytes = Buffer.from(record.buffer, record.byteOffset, record.byteLength);
  if (bytes.length < checksumBytes) return { kind: 'corrupt' };
  const json = bytes.subarray(checksumBytes);
  if (bytes.readUInt32LE(0) !== crc32(json)) return { kind: 'corrupt' };
  return { kind: 'sound', value: JSON.parse(json.toString('utf8')) };
}
