import { xxh64 } from '@node-rs/xxhash';
import { expect, it } from 'vitest';
import { pageChecksum } from '../../src/transfer/checksum.js';

const view = () => ({ k: Uint8Array.from([1, 2, 3, 4]), v: Uint8Array.from([5, 6, 7, 8]) });

it('is xxh64 over K, then over V with the first as its seed', () => {
  expect(xxh64('')).toBe(0xef46db3751d8e999n);
  const { k, v } = view();
  expect(pageChecksum({ k, v })).toBe(xxh64(v, xxh64(k)));
});

it('sees one flipped bit in K or V, and K and V changed for one another', () => {
  const { k, v } = view();
  const sum = pageChecksum({ k, v });
  expect(pageChecksum({ k: v, v: k })).not.toBe(sum);
  for (const half of ['k', 'v'] as const) {
    const damaged = view();
    damaged[half][2]! ^= 1;
    expect(pageChecksum(damaged)).not.toBe(sum);
  }
});
