import { describe, expect, it } from 'vitest';
import type { Geometry } from '../../src/core/geometry.js';
import { PagePlanes } from '../../src/device/pagePlanes.js';
import { TailWriter } from '../../src/device/tailWriter.js';
import { HeapSlab } from '../../src/memory/heapSlab.js';

const geometry: Geometry = {
  layers: [{ kind: 'full', rope: true }],
  kvHeads: 2,
  headDim: 16,
  dtype: 'f32',
  blockTokens: 16,
  layoutVersion: 1,
};
const rowBytes = 16 * 4;
const slots = 3;

describe('TailWriter', () => {
  it('leaves zeros behind the newest token when the sequence went back', () => {
    const planes = new PagePlanes(new HeapSlab(slots * 2 * 2 * 16 * rowBytes), geometry);
    const writer = new TailWriter(planes, geometry);
    const write = (position: number, tokens: number) => {
      const values = new Uint8Array(tokens * 2 * rowBytes).fill(position + 1);
      writer.write(1, position, tokens, values, values);
    };
    write(16, 10);
    write(26, 5);
    write(20, 2);
    const rows = Array.from({ length: 16 }, (_, row) => (row < 4 ? 17 : row < 6 ? 21 : 0));
    const page = planes.page(1);
    for (const half of [page.k, page.v]) {
      for (const head of [0, 1]) {
        const found = rows.map((_, row) => {
          const start = (head * 16 + row) * rowBytes;
          return [...new Set(half.subarray(start, start + rowBytes))];
        });
        expect(found).toEqual(rows.map((byte) => [byte]));
      }
    }
    expect(
      [planes.page(0), planes.page(2)].flatMap(({ k, v }) => [...k, ...v]).every((byte) => byte === 0),
    ).toBe(true);
  });
});
