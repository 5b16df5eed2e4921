import { errorKinds, KvError } from '../core/errors.js';

/** Longest text in an `answer`, and the longest message in an `error`. */
export const laneTextBytesMax = 512;
/** The kind's name and a line break stand before the message. */
const kindBytesMax = 32;
export const laneErrorBytesMax = laneTextBytesMax + kindBytesMax;

export const laneWelcomeBytes = 12;

/** What the serving end says of itself. */
export interface LaneWelcome {
  /** K and V. */
  readonly pageBytes: number;
  /** Requests that may be outstanding. */
  readonly window: number;
  readonly leaseMs: number;
}

export function welcomeBytes({ pageBytes, window, leaseMs }: LaneWelcome): Buffer {
  const bytes = Buffer.alloc(laneWelcomeBytes);
  bytes.writeUInt32LE(pageBytes, 0);
  bytes.writeUInt32LE(window, 4);
  bytes.writeUInt32LE(leaseMs, 8);
  return bytes;
}

export function readWelcome(bytes: Buffer): LaneWelcome {
  return {
    pageBytes: bytes.readUInt32LE(0),
    window: bytes.readUInt32LE(4),
    leaseMs: bytes.readUInt32LE(8),
  };
}

/** UTF-8, cut at `laneTextBytesMax` between two characters. */
export function laneTextBytes(text: string): Buffer {
  const bytes = Buffer.from(text);
  if (bytes.length <= laneTextBytesMax) return bytes;
  let end = laneTextBytesMax;
  while (end > 0 && (bytes[end]! & 0xc0) === 0x80) end -= 1;
  return bytes.subarray(0, end);
}

/** The error's kind, a line break, its message. */
export function encodeLaneError({ kind, message }: KvError): Buffer {
  return Buffer.concat([Buffer.from(`${kind}\n`), laneTextBytes(message)]);
}

/** A kind that this build does not know reads as `internal`. */
export function decodeLaneError(bytes: Buffer, peer: string): KvError {
  const [named = '', ...lines] = bytes.toString('utf8').split('\n');
  const kind = errorKinds.find((known) => known === named) ?? 'internal';
  return new KvError(kind, `${peer} closed the lane: ${lines.join(' ')}`, { context: { peer } });
}
