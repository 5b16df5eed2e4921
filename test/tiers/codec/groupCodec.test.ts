import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Geometry, pageBytes } from '../../../src/core/geometry.js';
import { GroupCodec } from '../../../src/tiers/codec/groupCodec.js';
import {
  codecGeometry,
  decoded,
  encoded,
  halfGeometry,
  likelyPage,
  pageOf,
  roundTrip,
  valuesOf,
} from './codecFixtures.js';

const small: Geometry = { ...codecGeometry, kvHeads: 1, headDim: 6, blockTokens: 16 };
const smallValues = pageBytes(small) / 4;
/** Finite float32 of any size, with many zeros and many of about one size. */
const value = fc.oneof(
  fc.constant(0),
  fc.float({ noNaN: true, noDefaultInfinity: true }),
  fc.float({ min: -4, max: 4, noNaN: true }),
);

describe.each([8, 4] as const)('pages in %i bits', (bits) => {
  const levels = bits === 8 ? 127 : 7;
  const codec = new GroupCodec(bits, small);

  it('are off by half a step of their group at most, and zero stays zero', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(value, { minLength: smallValues, maxLength: smallValues }),
        async (values) => {
          const page = pageOf(small, (at) => values[at]!);
          const from = valuesOf(page);
          const to = valuesOf(await decoded(codec, small, await encoded(codec, page)));
          const largest = (at: number): number => {
            // One group: all tokens of a channel of K or of V.
            const first = at < smallValues / 2 ? 0 : smallValues / 2;
            const group = from
              .slice(first, first + smallValues / 2)
              .filter((_, i) => i % 6 === (at - first) % 6);
            return Math.max(...group.map(Math.abs));
          };
          for (const [at, x] of from.entries()) {
            // A step has 16 significant bits, rounded up, and none is below the least normal number.
            const step = (largest(at) / levels) * (1 + 2 ** -15);
            const bound = largest(at) < levels * 2 ** -126 ? largest(at) : (step / 2) * (1 + 2 ** -20);
            expect(Math.abs(to[at]! - x)).toBeLessThanOrEqual(bound);
            if (x === 0) expect(Math.abs(to[at]!)).toBe(0);
          }
        },
      ),
      { numRuns: 200 },
    );
  });

  it('lose once: what was decoded is encoded to the same bytes', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(value, { minLength: smallValues, maxLength: smallValues }),
        async (values) => {
          const once = await encoded(
            codec,
            pageOf(small, (at) => values[at]!),
          );
          const again = await encoded(codec, await decoded(codec, small, once));
          expect(Buffer.from(again).equals(once)).toBe(true);
        },
      ),
      { numRuns: 200 },
    );
  });

  it('are the same whether it takes turns or not', async () => {
    const geometry = { ...codecGeometry, kvHeads: 8, headDim: 64, blockTokens: 256 };
    const real = new GroupCodec(bits, geometry);
    const page = likelyPage(geometry, 3);
    let turns = 0;
    const counted = async () => {
      turns += 1;
    };
    const inTurns = new Uint8Array(real.encodedBytes);
    expect(await real.encode(page, inTurns, counted)).toBe(real.encodedBytes);
    expect(turns).toBe(3);
    const atOnce = new Uint8Array(real.encodedBytes);
    real.encodeNow(page, atOnce);
    expect(Buffer.from(atOnce).equals(inTurns)).toBe(true);
    const back = await decoded(real, geometry, inTurns);
    const { k, v } = roundTrip(real, page);
    expect([Buffer.compare(k, back.k), Buffer.compare(v, back.v)]).toEqual([0, 0]);
  });

  it('have one length, known before', async () => {
    const real = new GroupCodec(bits, codecGeometry);
    const bytes = await encoded(real, likelyPage(codecGeometry, 1));
    expect(real.lengths).toEqual([bytes.length]);
    expect(bytes.length / pageBytes(codecGeometry)).toBe(bits === 8 ? 17 / 64 : 5 / 32);
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])(
    'show a %d in the whole group that it is in, and nowhere else',
    async (broken) => {
      const page = pageOf(small, (at) => (at === 4 ? broken : at + 1));
      const to = valuesOf(await decoded(codec, small, await encoded(codec, page)));
      for (const [at, x] of to.entries()) {
        const isInGroup = at < smallValues / 2 && at % 6 === 4;
        expect(Number.isNaN(x)).toBe(isInGroup);
      }
    },
  );

  it('are not made of other lengths', async () => {
    const into = pageOf(small, () => 0);
    expect(await codec.decode(new Uint8Array(codec.lengths[0]! - 1), into, async () => {})).toBe(false);
  });

  it('are not made of an odd number of channels', () => {
    expect(() => new GroupCodec(bits, { ...small, headDim: 3 })).toThrow(/even number of channels, not 3/);
  });

  it('are not made of float16', () => {
    expect(() => new GroupCodec(bits, halfGeometry)).toThrow(/f32 pages, and these are f16/);
    expect(() => new GroupCodec(bits, halfGeometry, 'pinned')).toThrow(
      `int${bits} in pinned memory is made of f32 pages, and these are f16; leave --pinned-dtype out`,
    );
  });
});
