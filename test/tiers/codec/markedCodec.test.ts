import { describe, expect, it } from 'vitest';
import { pageBytes } from '../../../src/core/geometry.js';
import { GroupCodec } from '../../../src/tiers/codec/groupCodec.js';
import { MarkedCodec } from '../../../src/tiers/codec/markedCodec.js';
import { ShuffleCodec } from '../../../src/tiers/codec/shuffleCodec.js';
import { codecGeometry, decoded, encoded, likelyPage, pageOf, roundTrip } from './codecFixtures.js';

const whole = pageBytes(codecGeometry);
const page = likelyPage(codecGeometry, 5);

describe('marked pages', () => {
  it('lie as they are where no codec makes them', async () => {
    const codec = new MarkedCodec(null, 'int8', codecGeometry);
    const bytes = await encoded(codec, page);
    expect([codec.lengths, codec.isLossless]).toEqual([[whole], true]);
    expect(Buffer.compare(bytes, Buffer.concat([page.k, page.v]))).toBe(0);
    expect(await decoded(codec, codecGeometry, bytes)).toEqual(page);
    expect(await codec.decode(bytes.subarray(1), page, async () => {})).toBe(false);
  });

  it('lie as they are where a codec does not make them shorter', async () => {
    const codec = new MarkedCodec(new ShuffleCodec(codecGeometry), 'int4', codecGeometry);
    let state = 1;
    const noise = pageOf(codecGeometry, () => 0);
    for (const bytes of [noise.k, noise.v])
      for (let at = 0; at < bytes.length; at += 1) {
        state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
        bytes[at] = state >> 24;
      }
    for (const given of [page, noise]) {
      const bytes = await encoded(codec, given);
      expect(bytes.length < whole).toBe(given === page);
      expect(await decoded(codec, codecGeometry, bytes)).toEqual(given);
    }
  });

  it('lose what the codec loses that makes them', async () => {
    const int8 = new GroupCodec(8, codecGeometry);
    const codec = new MarkedCodec(int8, 'int4', codecGeometry);
    const bytes = await encoded(codec, page);
    expect([codec.lengths, codec.isLossless]).toEqual([int8.lengths, false]);
    expect(await decoded(codec, codecGeometry, bytes)).toEqual(roundTrip(int8, page));
  });
});
