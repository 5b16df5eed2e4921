import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BoundsTable } from '../../src/device/boundsTable.js';

const length = 3;

function read(table: BoundsTable, handle: number, stamp: number): number[] | null {
  const row = table.rowOf(handle, stamp);
  if (row < 0) return null;
  const start = table.offsetOf(row);
  return [...table.chunkOf(row).subarray(start, start + length)];
}

describe('BoundsTable', () => {
  it('has of each handle the bounds that were put last, and of no other page that had the handle', () => {
    const puts = fc.array(fc.record({ handle: fc.nat(40), stamp: fc.integer({ min: 1, max: 3 }) }), {
      maxLength: 200,
    });
    fc.assert(
      fc.property(puts, (list) => {
        const table = new BoundsTable(length);
        const last = new Map<number, { stamp: number; value: number }>();
        for (const [value, { handle, stamp }] of list.entries()) {
          table.put(handle, stamp, Float32Array.of(value, -value, 1, 99));
          last.set(handle, { stamp, value });
        }
        for (let handle = 0; handle <= 50; handle += 1) {
          for (let stamp = 1; stamp <= 3; stamp += 1) {
            const known = last.get(handle);
            const wanted = known?.stamp === stamp ? [known.value, 0 - known.value, 1] : null;
            expect(read(table, handle, stamp)?.map((value) => value + 0) ?? null).toEqual(wanted);
          }
        }
      }),
    );
  });

  it('keeps more pages than it has room for at first', () => {
    const table = new BoundsTable(length);
    for (let handle = 0; handle < 3000; handle += 1) table.put(handle, 5, Float32Array.of(handle, 0, 1));
    for (const handle of [0, 1023, 1024, 2999]) expect(read(table, handle, 5)).toEqual([handle, 0, 1]);
  });
});
