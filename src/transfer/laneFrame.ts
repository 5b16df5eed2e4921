import { type BlockKey, blockKeyBytes, blockKeyFromBytes } from '../core/blockKey.js';
import { KvError } from '../core/errors.js';

/** Every frame starts with so many bytes, little-endian; its payload follows. */
export const frameHeaderBytes = 64;
/** "KVTF" as its bytes lie on the wire. */
const frameMagic = 0x4654564b;
const frameVersion = 1;

const at = {
  magic: 0,
  version: 4,
  op: 5,
  code: 6,
  request: 8,
  payloadBytes: 12,
  checksum: 16,
  layer: 24,
  blockIndex: 28,
  block: 32,
} as const;

export interface FrameHeader {
  /** laneOps.ts */
  readonly op: number;
  /** answerCodes of laneOps.ts, 0 in other frames. */
  readonly code: number;
  /** Chosen by who asks, the same in what answers. */
  readonly request: number;
  readonly payloadBytes: number;
  /** transfer/checksum.ts of the page, or 0. */
  readonly checksum: bigint;
  readonly layer: number;
  /** In an answer `throttled`: milliseconds after which to try again. */
  readonly blockIndex: number;
  /** All zero where the frame is about no page. */
  readonly block: BlockKey;
}

/** What a sender fills in; the rest is 0. */
export type FrameFields = Pick<FrameHeader, 'op'> & Partial<FrameHeader>;

/** The bytes of a header. */
export function encodeHeader(fields: FrameFields): Buffer {
  const bytes = Buffer.allocUnsafe(frameHeaderBytes);
  bytes.writeUInt32LE(frameMagic, at.magic);
  bytes.writeUInt8(frameVersion, at.version);
  bytes.writeUInt8(fields.op, at.op);
  bytes.writeUInt16LE(fields.code ?? 0, at.code);
  bytes.writeUInt32LE(fields.request ?? 0, at.request);
  bytes.writeUInt32LE(fields.payloadBytes ?? 0, at.payloadBytes);
  bytes.writeBigUInt64LE(fields.checksum ?? 0n, at.checksum);
  bytes.writeUInt32LE(fields.layer ?? 0, at.layer);
  bytes.writeUInt32LE(fields.blockIndex ?? 0, at.blockIndex);
  if (fields.block === undefined) bytes.fill(0, at.block);
  else bytes.write(fields.block, at.block, blockKeyBytes, 'hex');
  return bytes;
}

/**
 * Reads the header that `bytes` starts with. Whether its op, state and length fit is for who asked.
 * @throws KvError `invalid` when the bytes are no header of ours.
 */
export function decodeHeader(bytes: Buffer): FrameHeader {
  const magic = bytes.readUInt32LE(at.magic);
  if (magic !== frameMagic) {
    throw new KvError(
      'invalid',
      `a frame starts with 0x${magic.toString(16).padStart(8, '0')}, not with KVTF`,
    );
  }
  const version = bytes.readUInt8(at.version);
  if (version !== frameVersion) {
    throw new KvError('invalid', `a frame has version ${version}; this build speaks ${frameVersion}`);
  }
  return {
    op: bytes.readUInt8(at.op),
    code: bytes.readUInt16LE(at.code),
    request: bytes.readUInt32LE(at.request),
    payloadBytes: bytes.readUInt32LE(at.payloadBytes),
    checksum: bytes.readBigUInt64LE(at.checksum),
    layer: bytes.readUInt32LE(at.layer),
    blockIndex: bytes.readUInt32LE(at.blockIndex),
    block: blockKeyFromBytes(bytes.subarray(at.block)),
  };
}
