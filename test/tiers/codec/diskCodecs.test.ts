import { describe, expect, it } from 'vitest';
import { diskCodecs } from '../../../src/tiers/codec/diskCodecs.js';
import { codecGeometry, halfGeometry } from './codecFixtures.js';

const ofInt8 = ['shuffle', 'int8', 'exact of int8', 'shuffle of int8'];
const ofInt4 = [...ofInt8, 'int4', 'exact of int4', 'shuffle of int4', 'int8 of int4'];

const namesOf = (...choice: Parameters<typeof diskCodecs>) => {
  const { write, read } = diskCodecs(...choice);
  return { write: write?.name ?? null, read: read.map(({ name }) => name) };
};

describe('what pages on disk are written and read with', () => {
  it.each([
    ['exact', 'none', null, ['shuffle']],
    ['exact', 'shuffle', 'shuffle', ['shuffle']],
    ['int8', 'none', 'int8', ofInt8],
    ['int4', 'none', 'int4', ofInt4],
  ] as const)('for %s and %s', (dtype, packing, write, read) => {
    expect(namesOf({ dtype, packing }, codecGeometry)).toEqual({ write, read });
  });

  it.each([
    ['exact', 'none', 'int8', 'exact of int8', 'int8', ofInt8],
    ['exact', 'shuffle', 'int4', 'shuffle of int4', 'int4', ofInt4],
    ['exact', 'none', 'int4', 'exact of int4', 'int4', ofInt4],
    ['int8', 'none', 'int8', 'int8', 'int8', ofInt8],
    ['int8', 'none', 'int4', 'int8 of int4', 'int4', ofInt4],
    ['int4', 'none', 'int8', 'int4', 'int4', ofInt4],
    ['int4', 'none', 'exact', 'int4', 'int4', ofInt4],
  ] as const)('for %s and %s below %s pinned memory', (dtype, packing, pinned, write, lossy, read) => {
    const codecs = diskCodecs({ dtype, packing }, codecGeometry, pinned);
    expect(namesOf({ dtype, packing }, codecGeometry, pinned)).toEqual({ write, read });
    expect(codecs.writeLossy?.name).toBe(lossy);
  });

  it('has an id for each codec and version', () => {
    const { read } = diskCodecs({ dtype: 'int4', packing: 'none' }, codecGeometry);
    expect(read.map(({ id, version }) => [id, version])).toEqual([
      [3, 1],
      [1, 1],
      [0x100, 1],
      [0x103, 1],
      [2, 1],
      [0x200, 1],
      [0x203, 1],
      [0x201, 1],
    ]);
  });

  it('packs f16 pages, and makes no whole numbers of them', () => {
    expect(namesOf({ dtype: 'exact', packing: 'shuffle' }, halfGeometry).write).toBe('shuffle');
    expect(() => diskCodecs({ dtype: 'int8', packing: 'none' }, halfGeometry)).toThrow(/--disk-dtype/);
    expect(() => diskCodecs({ dtype: 'exact', packing: 'none' }, halfGeometry, 'int8')).toThrow(
      /int8 in pinned memory is made of f32 pages.*leave --pinned-dtype out/,
    );
  });

  it('refuses what contradicts itself', () => {
    expect(() => diskCodecs({ dtype: 'int8', packing: 'shuffle' }, codecGeometry)).toThrow(
      '--disk-dtype int8 and --disk-codec shuffle exclude each other; choose one',
    );
  });
});
