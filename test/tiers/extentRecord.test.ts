import { expect, it } from 'vitest';
import { decodeFormat, decodeRecord, encodeFormat, encodeRecord } from '../../src/tiers/extentRecord.js';
import { key } from '../contract/diskContract.js';

const record = { format: 3, slot: 70_000, payloadBytes: 2 ** 21, own: Uint8Array.of(1, 2, 3, 4) };

it('gives a record back under its key, and knows each flipped bit of either', () => {
  const value = encodeRecord(key(1), record);
  expect(decodeRecord(key(1), value)).toMatchObject({ format: 3, slot: 70_000, payloadBytes: 2 ** 21 });
  expect(Buffer.from(decodeRecord(key(1), value)!.own)).toEqual(Buffer.from(record.own));
  expect(decodeRecord(key(2), value)).toBeUndefined();
  const both = Buffer.concat([key(1), value]);
  for (let bit = 0; bit < 8 * both.length; bit += 1) {
    const damaged = Buffer.from(both);
    damaged[bit >> 3]! ^= 1 << (bit & 7);
    const at = key(1).length;
    expect(decodeRecord(damaged.subarray(0, at), damaged.subarray(at))).toBeUndefined();
  }
  for (let length = 0; length < value.length; length += 1) {
    expect(decodeRecord(key(1), value.subarray(0, length))).toBeUndefined();
  }
});

it('gives a format back, and knows each flipped bit', () => {
  const value = encodeFormat(Buffer.from('what pages share'));
  expect(Buffer.from(decodeFormat(value)!).toString()).toBe('what pages share');
  expect(decodeFormat(value.subarray(0, 7))).toBeUndefined();
  for (let bit = 0; bit < 8 * value.length; bit += 1) {
    const damaged = Buffer.from(value);
    damaged[bit >> 3]! ^= 1 << (bit & 7);
    expect(decodeFormat(damaged)).toBeUndefined();
  }
});
