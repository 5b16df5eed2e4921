import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { jsonErrorOffset } from '../../src/model/jsonError.js';

describe('jsonErrorOffset', () => {
  it.each([
    ['{"a": 1,}', 8],
    ['{"a" 1}', 5],
    ['[1, 2', 5],
    ['{"a": tru}', 6],
    ['[1] x', 4],
    ['', 0],
    ['{"a": "b', 6],
    ['[1, , 2]', 4],
    ['[[[]', 4],
  ])('%j breaks off at %d', (source, offset) => {
    expect(() => JSON.parse(source) as unknown).toThrow();
    expect(jsonErrorOffset(source)).toBe(offset);
  });

  it('reads to the end of anything that is JSON', () => {
    fc.assert(
      fc.property(fc.json(), fc.constantFrom(undefined, 2), (json, indent) => {
        const source = JSON.stringify(JSON.parse(json), null, indent);
        expect(jsonErrorOffset(source)).toBe(source.length);
      }),
    );
  });

  it('survives any depth', () => {
    expect(jsonErrorOffset('['.repeat(200_000))).toBe(200_000);
  });
});
