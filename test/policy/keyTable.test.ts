import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { KeyTable } from '../../src/policy/keyTable.js';

const half = fc.oneof(fc.integer({ min: 0, max: 3 }), fc.integer({ min: 0, max: 2 ** 32 - 1 }));
const key = fc.tuple(half, half);

describe('KeyTable', () => {
  it('finds what a Map finds, under entries that no two keys share, while it grows and shrinks', () => {
    const steps = fc
      .array(key, { minLength: 1, maxLength: 60 })
      .chain((keys) => fc.array(fc.constantFrom(...keys), { maxLength: 300 }));
    fc.assert(
      fc.property(steps, fc.integer({ min: 0, max: 100 }), (uses, capacity) => {
        const table = new KeyTable(capacity);
        const entries = new Map<string, number>();
        for (const [low, high] of uses) {
          const name = `${low} ${high}`;
          const known = entries.get(name);
          expect(table.find(low, high)).toBe(known ?? -1);
          if (known === undefined) entries.set(name, table.add(low, high));
          else {
            table.delete(known);
            entries.delete(name);
          }
          expect(table.size).toBe(entries.size);
          expect(new Set(entries.values()).size).toBe(entries.size);
          for (const [other, entry] of entries) {
            const [otherLow, otherHigh] = other.split(' ').map(Number);
            expect(table.find(otherLow!, otherHigh!)).toBe(entry);
          }
        }
      }),
    );
  });

  it('numbers its entries densely, and those that became free anew', () => {
    const table = new KeyTable(1000);
    for (let at = 0; at < 1000; at += 1) expect(table.add(at, 0)).toBe(at);
    for (const at of [3, 997]) table.delete(at);
    expect([table.add(5000, 1), table.add(5001, 1), table.add(5002, 1)]).toEqual([997, 3, 1000]);
  });

  it.each([
    ['counts up in the low half', (at: number) => [at, 7]],
    ['counts up in the high half', (at: number) => [7, at]],
    ['has equal halves', (at: number) => [at, at]],
    [
      'has a high half that is a multiple of the low one',
      (at: number) => [at, Math.imul(at, 0x9e3779b1) >>> 0],
    ],
  ])('keeps a hundred thousand keys apart where the key %s', (_name, keyOf) => {
    const table = new KeyTable(100_000);
    for (let at = 0; at < 100_000; at += 1) {
      const [low, high] = keyOf(at);
      table.add(low!, high!);
    }
    for (let at = 0; at < 100_000; at += 1) {
      const [low, high] = keyOf(at);
      if (table.find(low!, high!) !== at) throw new Error(`key ${at} is not where it was put`);
    }
    expect(table.size).toBe(100_000);
  });
});
