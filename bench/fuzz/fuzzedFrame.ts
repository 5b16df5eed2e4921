import { blockKeyFromBytes } from '../../src/core/blockKey.js';
import { pageChecksum } from '../../src/transfer/checksum.js';
import { encodeHeader } from '../../src/transfer/laneFrame.js';
import { laneOps } from '../../src/transfer/laneOps.js';
import type { FuzzSource } from './fuzzSource.js';

const ops = Object.values(laneOps);
/** Few enough that pages are found again. */
const knownKeys = 64;
const layers = 2;
const strayPayloadMax = 4096;

/** A frame that a client may send after hello: a get or a put, of a page that may be there or not. */
export function goodFrame(source: FuzzSource, halfBytes: number): Buffer {
  const key = Buffer.alloc(32, 1 + source.below(knownKeys));
  const page = {
    request: source.u32(),
    layer: source.below(layers),
    block: blockKeyFromBytes(source.chance(0.9) ? key : source.bytes(32)),
  };
  if (source.chance(0.6)) return encodeHeader({ ...page, op: laneOps.get });
  const payload = source.bytes(2 * halfBytes);
  const k = payload.subarray(0, halfBytes);
  const v = payload.subarray(halfBytes);
  const checksum = source.chance(0.5) ? pageChecksum({ k, v }) : BigInt(source.u32());
  const header = {
    ...page,
    op: laneOps.put,
    checksum,
    blockIndex: source.u32(),
    payloadBytes: payload.length,
  };
  return Buffer.concat([encodeHeader(header), payload]);
}

/** A frame that no client of ours sends. */
export function badFrame(source: FuzzSource, halfBytes: number): Buffer {
  if (source.chance(0.15)) return source.bytes(1 + source.below(300));
  if (source.chance(0.4)) return source.mutated(goodFrame(source, halfBytes));
  const payload = source.bytes(source.below(strayPayloadMax));
  const honest = source.chance(0.5);
  const header = encodeHeader({
    op: source.chance(0.7) ? source.pick(ops) : source.below(256),
    code: source.below(0x1_0000),
    request: source.u32(),
    payloadBytes: honest ? payload.length : source.u32(),
    checksum: BigInt(source.u32()) << 32n,
    layer: source.chance(0.5) ? source.below(layers) : source.u32(),
    blockIndex: source.u32(),
    block: blockKeyFromBytes(source.bytes(32)),
  });
  return Buffer.concat([header, payload]);
}
