import { expect, it } from 'vitest';
import { type BlockKey, blockKeysOf } from '../../src/core/blockKey.js';
import type { Geometry } from '../../src/core/geometry.js';
import type { PageId } from '../../src/core/pageId.js';
import { ShardPages } from '../../src/worker/shardPages.js';

const root = '00'.repeat(32) as BlockKey;
const chain = blockKeysOf(
  root,
  Array.from({ length: 64 }, (_, token) => token),
  4,
);
const geometry: Geometry = {
  layers: [
    { kind: 'full', rope: true },
    { kind: 'window', window: 8, rope: true },
    { kind: 'full', rope: false },
  ],
  kvHeads: 1,
  headDim: 4,
  dtype: 'f32',
  blockTokens: 4,
  layoutVersion: 1,
};

/** Counts who holds what; has all pages but those of `missing`. */
function countingStack(missing: readonly BlockKey[]) {
  const held: PageId[] = [];
  const holds = new Set<number>();
  return {
    holds,
    hold(page: PageId) {
      if (missing.includes(page.block)) return { kind: 'missing' } as const;
      const handle = held.push(page) - 1;
      holds.add(handle);
      return { kind: 'held', handle } as never;
    },
    letGo: (handle: number) => void holds.delete(handle),
  };
}

it('holds the pages of full layers, in the order of their blocks', () => {
  const stack = countingStack([]);
  const pages = new ShardPages(stack as never, geometry, { from: 0, to: 3 });
  expect(pages.keep(8, chain.slice(8, 10))).toBe(true);
  expect(pages.keep(2, chain.slice(2, 4))).toBe(true);
  expect(pages.of(2).map(({ block }) => block)).toEqual([2, 3, 8, 9]);
  expect(pages.of(1)).toEqual([]);
  expect(stack.holds.size).toBe(8);
  pages.drop(9);
  expect(pages.of(0).map(({ page }) => page)).toEqual(
    [2, 3, 8].map((block) => ({ block: chain[block], layer: 0 })),
  );
  pages.drop(0);
  expect(stack.holds.size).toBe(0);
});

it('holds nothing of what it has only in part', () => {
  const stack = countingStack([chain[9]!]);
  const pages = new ShardPages(stack as never, geometry, { from: 0, to: 3 });
  expect(pages.keep(8, chain.slice(8, 10))).toBe(false);
  expect(pages.of(0)).toEqual([]);
  expect(stack.holds.size).toBe(0);
});
