import { expect, it } from 'vitest';
import type { BlockKey } from '../../src/core/blockKey.js';
import type { PageHandle } from '../../src/tiers/pageHandle.js';
import { stepEntries } from '../../src/worker/stepEntries.js';

const page = (layer: number, block: number) => ({
  page: { block: `${block}` as BlockKey, layer },
  block,
  handle: (100 * layer + block) as PageHandle,
});

it('orders pages by layer, then by part, and knows whose they are', () => {
  const one = [[page(0, 1), page(0, 2)], [], [page(2, 3)]];
  const two = [[], [page(1, 4)], [page(2, 5), page(2, 6)]];
  const { pages, blocks, partOf, entries } = stepEntries([one, two]);
  expect([...blocks]).toEqual([1, 2, 4, 3, 5, 6]);
  expect(pages.map(({ block }) => block)).toEqual([...blocks]);
  expect([...partOf]).toEqual([0, 0, 1, 0, 1, 1]);
  expect([...entries[0]!]).toEqual([0, 2, 2, 2, 3, 4]);
  expect([...entries[1]!]).toEqual([2, 2, 2, 3, 4, 6]);
});

it('of no pages makes no entries', () => {
  const { pages, entries } = stepEntries([[[], []]]);
  expect(pages).toEqual([]);
  expect([...entries[0]!]).toEqual([0, 0, 0, 0]);
});
