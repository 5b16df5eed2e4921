import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nodesOf, ShardMap } from '../../src/core/shardMap.js';

/** Ten million tokens in blocks of 256. */
const longest = 39_063;
const named = (count: number) => Array.from({ length: count }, (_, shard) => shard);
const blocksOf = ({ level, index }: { level: number; index: number }) =>
  Array.from({ length: 2 ** level }, (_, offset) => index * 2 ** level + offset);

describe('ShardMap', () => {
  it('leaves everything with a stage of one', () => {
    expect(new ShardMap(named(1)).givenAway(longest)).toEqual([]);
    expect(new ShardMap(named(1)).pieceOf(longest).shard).toBe(0);
  });

  it('keeps the beginning of every sequence with the leading shard', () => {
    expect(new ShardMap(named(2)).givenAway(32)).toEqual([]);
    expect(new ShardMap(named(2)).givenAway(64).length).toBeGreaterThan(0);
  });

  it.each([2, 3, 4, 5, 6, 7, 8, 16])(
    '%i shards: at most 16 roots a layer up to 10 million tokens',
    (shards) => {
      const map = new ShardMap(named(shards));
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
    const given = new ShardMap(named(shards)).givenAway(longest);
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
        const map = new ShardMap(named(shards));
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

/** Who joins a stage and who leaves it, one after the other, while a sequence grows. */
const histories = fc.record({
  shards: fc.integer({ min: 1, max: 6 }),
  blocks: fc.nat(2_000),
  changes: fc.array(fc.record({ joins: fc.boolean(), who: fc.nat(100), more: fc.nat(3_000) }), {
    minLength: 1,
    maxLength: 4,
  }),
});

interface Change {
  readonly before: ShardMap<number>;
  readonly after: ShardMap<number>;
  readonly joins: boolean;
  readonly blocks: number;
}

function* changesOf({
  shards: count,
  blocks: start,
  changes,
}: typeof histories extends fc.Arbitrary<infer T> ? T : never): Generator<Change> {
  let map = new ShardMap(named(count));
  let blocks = start;
  let last = count - 1;
  for (const { joins, who, more } of changes) {
    blocks += more;
    const { shards } = map;
    const isJoin = joins || shards.length === 1;
    last += isJoin ? 1 : 0;
    const leaver = shards[1 + (who % (shards.length - 1))];
    const next = isJoin ? [...shards, last] : shards.filter((shard) => shard !== leaver);
    const after = map.reshaped(next, blocks);
    yield { before: map, after, joins: isJoin, blocks };
    map = after;
  }
}

function ownersOf(map: ShardMap<number>, blocks: number): number[] {
  const owners = new Array<number>(blocks).fill(0);
  for (const { shard, first, end } of map.givenAway(blocks)) owners.fill(shard, first, end);
  return owners;
}

describe('a map whose shards change', () => {
  it('stays the same for the same shards', () => {
    fc.assert(
      fc.property(histories, (history) => {
        for (const { after, blocks } of changesOf(history)) {
          const same = after.reshaped(after.shards, blocks);
          expect(same.givenAway(4 * blocks)).toEqual(after.givenAway(4 * blocks));
        }
      }),
      { numRuns: 50 },
    );
  });

  it('names only shards that are there, in aligned pieces that never move again', () => {
    fc.assert(
      fc.property(histories, fc.nat(5_000), (history, more) => {
        for (const { after, blocks } of changesOf(history)) {
          const pieces = after.givenAway(blocks);
          expect(after.givenAway(blocks + more).slice(0, pieces.length)).toEqual(pieces);
          for (const { shard, first, end } of pieces) {
            expect(after.shards).toContain(shard);
            expect(Math.log2(end - first) % 1).toBe(0);
            expect(first % (end - first)).toBe(0);
          }
        }
      }),
      { numRuns: 50 },
    );
  });

  it('has at most 16 roots a layer up to 10 million tokens', () => {
    let most = 0;
    fc.assert(
      fc.property(histories, fc.integer({ min: 1, max: longest }), (history, length) => {
        for (const { after } of changesOf(history)) {
          const given = after.givenAway(length);
          for (const shard of after.shards.slice(1)) {
            most = Math.max(most, nodesOf(given.filter((piece) => piece.shard === shard)).length);
          }
          expect(most).toBeLessThanOrEqual(16);
        }
      }),
      { numRuns: 200 },
    );
    expect(most).toBeGreaterThan(8);
  });

  it('moves little more than twice the share of who joins at most', () => {
    const grown = fc.record({
      shards: fc.integer({ min: 1, max: 8 }),
      blocks: fc.integer({ min: 2_000, max: 30_000 }),
    });
    fc.assert(
      fc.property(grown, ({ shards, blocks }) => {
        const before = new ShardMap(named(shards));
        const after = before.reshaped([...before.shards, shards], blocks);
        const owners = ownersOf(after, blocks);
        const moved = ownersOf(before, blocks).filter((owner, block) => owner !== owners[block]).length;
        expect(moved / blocks).toBeLessThan(2.25 / (shards + 1));
        expect(owners.filter((owner) => owner === shards).length / blocks).toBeGreaterThan(
          0.33 / (shards + 1),
        );
      }),
      { numRuns: 50 },
    );
  });

  it('leaves nothing with who leaves, and keeps the rest in balance', () => {
    const grown = fc.record({
      shards: fc.integer({ min: 3, max: 8 }),
      blocks: fc.integer({ min: 2_000, max: 30_000 }),
    });
    fc.assert(
      fc.property(grown, ({ shards, blocks }) => {
        const after = new ShardMap(named(shards)).reshaped(
          named(shards).filter((shard) => shard !== 1),
          blocks,
        );
        const owners = ownersOf(after, blocks);
        expect(owners).not.toContain(1);
        for (const shard of after.shards.slice(1)) {
          const share = owners.filter((owner) => owner === shard).length / blocks;
          expect(share).toBeGreaterThan(0.4 / (shards - 1));
          expect(share).toBeLessThan(2.1 / (shards - 1));
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
