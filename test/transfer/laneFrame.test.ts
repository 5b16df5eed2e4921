import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { blockKeyFromBytes } from '../../src/core/blockKey.js';
import { decodeHeader, encodeHeader, frameHeaderBytes } from '../../src/transfer/laneFrame.js';
import { laneOps } from '../../src/transfer/laneOps.js';

const u32 = fc.nat(0xffff_ffff);
const anyHeader = fc.record({
  op: fc.nat(255),
  code: fc.nat(0xffff),
  request: u32,
  payloadBytes: u32,
  checksum: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
  layer: u32,
  blockIndex: u32,
  block: fc.uint8Array({ minLength: 32, maxLength: 32 }).map(blockKeyFromBytes),
});

describe('the header of a frame', () => {
  it('reads as it was written', () => {
    fc.assert(
      fc.property(anyHeader, (header) => {
        const bytes = encodeHeader(header);
        expect(bytes).toHaveLength(frameHeaderBytes);
        expect(decodeHeader(bytes)).toEqual(header);
      }),
    );
  });

  it('has the layout that docs/protocol.md gives', () => {
    const block = blockKeyFromBytes(Uint8Array.from({ length: 32 }, (_, i) => 0xc0 + i));
    const bytes = encodeHeader({
      op: laneOps.page,
      code: 0x0102,
      request: 0x03040506,
      payloadBytes: 0x0708090a,
      checksum: 0x1112131415161718n,
      layer: 0x21222324,
      blockIndex: 0x31323334,
      block,
    });
    expect(bytes.toString('hex')).toBe(
      `${'4b565446'}0105${'0201'}${'06050403'}${'0a090807'}${'1817161514131211'}${'24232221'}${'34333231'}${block}`,
    );
    expect(encodeHeader({ op: laneOps.get }).toString('hex')).toBe(`4b5654460104${'0'.repeat(116)}`);
  });

  it('is refused with another magic or version', () => {
    const bytes = encodeHeader({ op: laneOps.get });
    for (const at of [0, 1, 2, 3]) {
      const damaged = Buffer.from(bytes);
      damaged[at]! ^= 1;
      expect(() => decodeHeader(damaged)).toThrow('not with KVTF');
    }
    bytes[4] = 2;
    expect(() => decodeHeader(bytes)).toThrow('a frame has version 2; this build speaks 1');
  });
});
