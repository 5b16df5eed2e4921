import { randomFillSync } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Geometry, halfPageBytes, pageBytes } from '../../../src/core/geometry.js';
import { ShuffleCodec } from '../../../src/tiers/codec/shuffleCodec.js';
import {
  codecGeometry,
  decoded,
  emptyPage,
  encoded,
  halfGeometry,
  likelyPage,
  turn,
} from './codecFixtures.js';

describe.each([
  ['f32', codecGeometry],
  ['f16', halfGeometry],
] as const)('a packed page of %s', (_, geometry: Geometry) => {
  const codec = new ShuffleCodec(geometry);
  const halfBytes = halfPageBytes(geometry);

  it('comes back bit by bit, or is too long to be packed', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer(), fc.integer({ min: 1, max: 256 }), async (seed, symbols) => {
        const half = (salt: number) =>
          Uint8Array.from({ length: halfBytes }, (_, at) => (Math.imul(at + seed, salt) >>> 13) % symbols);
        const page = { k: half(2_654_435_761), v: half(40_503) };
        const bytes = await encoded(codec, page);
        if (bytes.length > 0) expect(await decoded(codec, geometry, bytes)).toEqual(page);
      }),
      { numRuns: 40 },
    );
  });

  it('is kept as it is when nothing is won', async () => {
    const noise = () => randomFillSync(new Uint8Array(halfBytes));
    expect(await encoded(codec, { k: noise(), v: noise() })).toHaveLength(0);
  });

  it('has one of a few lengths, and zeros behind what it needs', async () => {
    const bytes = await encoded(codec, emptyPage(geometry));
    expect(codec.lengths).toContain(bytes.length);
    expect(codec.lengths.length).toBeLessThan(32);
    expect(bytes.at(-1)).toBe(0);
  });

  it('is not made of what is no packed page', async () => {
    const into = emptyPage(geometry);
    const length = codec.lengths.at(-1)!;
    expect(await codec.decode(new Uint8Array(length), into, turn)).toBe(false);
    expect(await codec.decode(new Uint8Array(length).fill(0xff), into, turn)).toBe(false);
    expect(await codec.decode(new Uint8Array(length - 1), into, turn)).toBe(false);
  });
});

it('numbers like those of a model take an eighth less', async () => {
  const page = likelyPage(codecGeometry, 3);
  const codec = new ShuffleCodec(codecGeometry);
  const bytes = await encoded(codec, page);
  expect(bytes.length).toBeLessThanOrEqual((pageBytes(codecGeometry) * 7) / 8);
  expect(await decoded(codec, codecGeometry, bytes)).toEqual(page);
});
