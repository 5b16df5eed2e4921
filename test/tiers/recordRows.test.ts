import { expect, it } from 'vitest';
import { pageKeyBytes } from '../../src/core/pageId.js';
import { ForeignRecords } from '../../src/tiers/recordRows.js';

it('foreign records go from the end of their file, one file after the other', () => {
  const foreign = new ForeignRecords();
  const add = (name: number, bytes: number, slot: number) =>
    foreign.add({ key: new Uint8Array(pageKeyBytes).fill(name), bytes }, slot);
  add(1, 4096, 5);
  add(2, 8192, 0);
  add(3, 4096, 9);
  add(4, 8192, 70);
  add(5, 4096, 0);
  expect(foreign.bytes).toBe(3 * 4096 + 2 * 8192);
  const gone: number[] = [];
  for (let next = foreign.pop(); next !== undefined; next = foreign.pop()) gone.push(next.key[0]!);
  expect(gone).toEqual([4, 2, 3, 1, 5]);
  expect(foreign.bytes).toBe(0);
});
