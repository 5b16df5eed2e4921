import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nodesOf, ShardMap } from '../../src/core/shardMap.js';

/** Ten million tokens in blocks of 256. */
const longest = 39_063;
const blocksOf = ({ level, index }: { level: number; index: number }) =>
  Array.from({ length: 2 ** level }, (_, offset) => index * 2 ** level + offset);

describe('ShardMap', () => {
  it('leaves everything with a stage of one', () => {
    expect(new ShardMap(1).givenAway(longest)).toEqual([]);
    expect(new ShardMap(1).pieceOf(longest).shard).toBe(0);
  });

  it('keeps the beginning of every sequence with the leading shard', () => {
    expect(new ShardMap(2).givenAway(32)).toEqual([]);
    expect(new ShardMap(2).givenAway(64).length).toBeGreaterThan(0);
  });

  it.each([2, 3, 4, 5, 6, 7, 8, 16])(
    '%i shards: at most 16 roots a layer up to 10 million tokens',
    (shards) => {
      const map = new ShardMap(shards);
      let most = 0;
      for (let blocks = 1; blocks <= longest; blocks += 7) {
        const pieces = map.givenAway(blocks);
        for (let shard = 1; shard < shards; shard += 1) {
          most = Math.max(most, nodesOf(pieces.filter((piece) => piece.shard === shard)).length);
        }
      }
      expect(most).toBeLessThanOrEqual(16);
    },
    60_000,
  );

  it.each([2, 3, 4])('%i shards have about the same of a long sequence', (shards) => {
    const given = new ShardMap(shards).givenAway(longest);
    for (let shard = 1; shard < shards; shard += 1) {
      const share = given
        .filter((piece) => piece.shard === shard)
        .reduce((sum, { first, end }) => sum + end - first, 0);
      expect(share / longest).toBeGreaterThan(0.5 / shards);
      expect(share / longest).toBeLessThan(1.5 / shards);
    }
  });

  it('never moves a piece again as the sequence grows', () => {
    const sizes = fc.record({
      shards: fc.integer({ min: 1, max: 9 }),
      blocks: fc.nat(3_000),
      more: fc.nat(3_000),
    });
    fc.assert(
      fc.property(sizes, ({ shards, blocks, more }) => {
        const map = new ShardMap(shards);
        const before = map.givenAway(blocks);
        expect(map.givenAway(blocks + more).slice(0, before.length)).toEqual(before);
        for (const { shard, first, end } of before) {
          expect([map.pieceOf(first).shard, map.pieceOf(end - 1).shard]).toEqual([shard, shard]);
        }
      }),
      { numRuns: 50 },
    );
  });
});

describe('nodesOf', () => {
  it('covers exactly the spans, with nodes that have no sibling among them', () => {
    const spans = fc.array(fc.tuple(fc.nat(200), fc.nat(40)), { maxLength: 6 }).map((pairs) => {
      let at = 0;
      return pairs.map(([gap, length]) => {
        const first = at + gap;
        at = first + length;
        return { first, end: at };
      });
    });
    fc.assert(
      fc.property(spans, (given) => {
        const nodes = nodesOf(given);
        const wanted = given.flatMap(({ first, end }) =>
          Array.from({ length: end - first }, (_, i) => first + i),
        );
        expect(nodes.flatMap(blocksOf)).toEqual(wanted);
        const names = new Set(nodes.map(({ level, index }) => `${level}:${index}`));
        for (const { level, index } of nodes) expect(names.has(`${level}:${index ^ 1}`)).toBe(false);
      }),
    );
  });
});
