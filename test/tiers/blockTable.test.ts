import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { BlockKey } from '../../src/core/blockKey.js';
import { BlockTable } from '../../src/tiers/blockTable.js';
import { blockKeyOf } from './tierFixtures.js';

const hashed = (number: number) => createHash('sha256').update(String(number)).digest('hex') as BlockKey;

describe('block table', () => {
  for (const [name, keyOf] of Object.entries({ hashed, blockKeyOf })) {
    it(`knows what a map knows, for any adds and drops of keys (${name})`, () => {
      fc.assert(
        fc.property(fc.array(fc.nat(400), { maxLength: 2000, size: 'max' }), (numbers) => {
          const table = new BlockTable();
          const handles = new Map<number, number>();
          for (const number of numbers) {
            const known = handles.get(number);
            expect(table.find(keyOf(number))).toBe(known ?? -1);
            if (known === undefined) handles.set(number, table.add(keyOf(number)));
            else {
              table.drop(known);
              handles.delete(number);
            }
          }
          expect(new Set(handles.values()).size).toBe(handles.size);
          for (const [number, handle] of handles) {
            expect(table.find(keyOf(number))).toBe(handle);
            expect(table.keyOf(handle)).toBe(keyOf(number));
          }
        }),
        { numRuns: 30 },
      );
    });
  }

  it('uses handles again, so that columns stay dense', () => {
    const table = new BlockTable();
    for (let number = 0; number < 10_000; number += 1) {
      const handle = table.add(hashed(number));
      expect(handle).toBeLessThan(3);
      if (number >= 2) table.drop(table.find(hashed(number - 2)));
    }
  });

  it('copies keys out, and finds nothing under what is no key', () => {
    const table = new BlockTable();
    const handle = table.add(hashed(5));
    const into = new Uint8Array(40);
    table.copyKey(handle, into, 3);
    expect(Buffer.from(into.subarray(3, 35)).toString('hex')).toBe(hashed(5));
    expect(table.find('ab' as BlockKey)).toBe(-1);
    expect(() => table.add('ab' as BlockKey)).toThrow(/64 hex digits/);
  });
});
