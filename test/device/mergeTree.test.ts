import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nodesOf } from '../../src/core/shardMap.js';
import { MergeTree } from '../../src/device/mergeTree.js';

const rows = 3;
const headDim = 2;

interface Leaf {
  readonly o: Float32Array;
  readonly lse: Float32Array;
}

const leafOf: fc.Arbitrary<Leaf> = fc
  .record({
    o: fc.array(fc.float({ min: -4, max: 4, noNaN: true }), {
      minLength: rows * headDim,
      maxLength: rows * headDim,
    }),
    lse: fc.array(
      fc.oneof(
        { weight: 5, arbitrary: fc.float({ min: -20, max: 20, noNaN: true }) },
        { weight: 1, arbitrary: fc.constant(Number.NEGATIVE_INFINITY) },
      ),
      { minLength: rows, maxLength: rows },
    ),
  })
  .map(({ o, lse }) => ({ o: Float32Array.from(o), lse: Float32Array.from(lse) }));

function merge(tree: MergeTree, leaves: readonly Leaf[], first: number, order: readonly number[]): Leaf {
  tree.begin({ rows, headDim, first, end: leaves.length });
  for (const page of order) {
    const leaf = leaves[page];
    // Leaves come from the middle of larger arrays.
    if (leaf) tree.add(page, Float32Array.of(9, ...leaf.o, 9), 1, Float32Array.of(9, 9, ...leaf.lse), 2);
  }
  const { o, lse } = tree.finish();
  return { o: o.slice(), lse: lse.slice() };
}

/** The definition: T(from, to) splits at the largest power of two below the number of pages. */
function reference(leaves: readonly Leaf[], first: number, from: number, to: number): Leaf | null {
  if (to <= first) return null;
  if (to - from === 1) return leaves[from] ?? null;
  let half = 1;
  while (half * 2 < to - from) half *= 2;
  const left = reference(leaves, first, from, from + half);
  const right = reference(leaves, first, from + half, to);
  if (left === null || right === null) return left ?? right;
  const tree = new MergeTree();
  return merge(tree, [left, right], 0, [0, 1]);
}

const cases = fc
  .array(leafOf, { minLength: 1, maxLength: 40 })
  .chain((leaves) =>
    fc.tuple(fc.constant(leaves), fc.nat({ max: leaves.length - 1 }), fc.infiniteStream(fc.nat())),
  );

function pagesFrom(first: number, end: number): number[] {
  return Array.from({ length: end - first }, (_, index) => first + index);
}

describe('MergeTree', () => {
  it('leaves out absent pages as if no row saw anything of them, bit by bit', () => {
    const unseen: Leaf = {
      o: new Float32Array(rows * headDim),
      lse: new Float32Array(rows).fill(Number.NEGATIVE_INFINITY),
    };
    const more = fc.tuple(cases, fc.infiniteStream(fc.boolean()));
    fc.assert(
      fc.property(more, ([[leaves, first, random], isAbsent]) => {
        const absent = pagesFrom(first, leaves.length).filter(() => isAbsent.next().value);
        const order = pagesFrom(first, leaves.length)
          .map((page) => ({ page, rank: random.next().value }))
          .sort((a, b) => a.rank - b.rank);
        const tree = new MergeTree();
        const masked = leaves.map((leaf, page) => (absent.includes(page) ? unseen : leaf));
        const all = order.map(({ page }) => page);
        const wanted = merge(tree, masked, first, all);

        tree.begin({ rows, headDim, first, end: leaves.length });
        for (const page of all) {
          const leaf = leaves[page]!;
          if (!absent.includes(page)) tree.add(page, leaf.o, 0, leaf.lse, 0);
          // A run is told once, with its first page.
          else if (!absent.includes(page - 1)) {
            let end = page;
            while (absent.includes(end)) end += 1;
            tree.addAbsent({ first: page, end });
          }
        }
        const { o, lse } = tree.finish();
        expect(lse).toEqual(wanted.lse);
        // What stands in a row that sees nothing is not read.
        const seen = o.filter((_, at) => Number.isFinite(lse[Math.floor(at / headDim)]));
        expect(seen).toEqual(wanted.o.filter((_, at) => Number.isFinite(lse[Math.floor(at / headDim)])));
      }),
    );
  });

  it('refuses a page that was said to be absent, and one that is absent outside of the merge', () => {
    const tree = new MergeTree();
    tree.begin({ rows, headDim, first: 2, end: 5 });
    tree.addAbsent({ first: 2, end: 3 });
    expect(() => tree.addAbsent({ first: 2, end: 3 })).toThrow(/twice/);
    expect(() => tree.addAbsent({ first: 1, end: 2 })).toThrow(/outside/);
  });

  it('gives the bits of the tree for any order of arrival', () => {
    fc.assert(
      fc.property(cases, ([leaves, first, keys]) => {
        const expected = reference(leaves, first, 0, leaves.length);
        const tree = new MergeTree();
        const ascending = pagesFrom(first, leaves.length);
        const sortKeys = new Map(ascending.map((page) => [page, Number(keys.next().value)]));
        const shuffled = [...ascending].sort((a, b) => (sortKeys.get(a) ?? 0) - (sortKeys.get(b) ?? 0));
        for (const order of [ascending, [...ascending].reverse(), shuffled]) {
          const merged = merge(tree, leaves, first, order);
          expect([...merged.lse]).toEqual([...(expected?.lse ?? [])]);
          merged.lse.forEach((lse, row) => {
            if (lse === Number.NEGATIVE_INFINITY) return;
            const at = row * headDim;
            expect([...merged.o.slice(at, at + headDim)]).toEqual([
              ...(expected?.o.slice(at, at + headDim) ?? []),
            ]);
          });
        }
      }),
    );
  });

  it('agrees with attention over all pages at once in float64', () => {
    fc.assert(
      fc.property(cases, ([leaves, first]) => {
        const merged = merge(new MergeTree(), leaves, first, pagesFrom(first, leaves.length));
        for (let row = 0; row < rows; row += 1) {
          const seen = leaves.slice(first).filter(({ lse }) => lse[row] !== Number.NEGATIVE_INFINITY);
          const largest = Math.max(...seen.map(({ lse }) => lse[row] ?? 0));
          const weights = seen.map(({ lse }) => Math.exp((lse[row] ?? 0) - largest));
          const sum = weights.reduce((a, b) => a + b, 0);
          if (seen.length === 0) {
            expect(merged.lse[row]).toBe(Number.NEGATIVE_INFINITY);
            continue;
          }
          expect(merged.lse[row]).toBeCloseTo(largest + Math.log(sum), 4);
          for (let i = row * headDim; i < (row + 1) * headDim; i += 1) {
            const exact = seen.reduce(
              (total, { o }, index) => total + ((weights[index] ?? 0) / sum) * (o[i] ?? 0),
              0,
            );
            expect(merged.o[i]).toBeCloseTo(exact, 4);
          }
        }
      }),
    );
  });

  it('keeps no more than log2(n) partials waiting for pages in order', () => {
    const tree = new MergeTree();
    const leaf = { o: new Float32Array(rows * headDim), lse: new Float32Array(rows) };
    tree.begin({ rows, headDim, first: 0, end: 1000 });
    for (let page = 0; page < 1000; page += 1) {
      tree.add(page, leaf.o, 0, leaf.lse, 0);
      expect(tree.waiting).toBeLessThanOrEqual(10);
    }
    tree.finish();
  });

  it('answers an empty list of pages as absent', () => {
    const { o, lse } = merge(new MergeTree(), [], 0, []);
    expect([...lse]).toEqual(Array.from({ length: rows }, () => Number.NEGATIVE_INFINITY));
    expect([...o]).toEqual(Array.from({ length: rows * headDim }, () => 0));
  });

  it('refuses to answer without a page, with one twice, and with one that does not belong', () => {
    const tree = new MergeTree();
    const leaf = { o: new Float32Array(rows * headDim), lse: new Float32Array(rows) };
    const leaves = Array.from({ length: 5 }, () => leaf);
    expect(() => merge(tree, leaves, 0, [0, 1, 2, 4])).toThrow('never merged');
    expect(() => merge(tree, leaves, 0, [0, 0])).toThrow('twice');
    expect(() => merge(tree, leaves, 0, [0, 1, 1, 2, 3, 4])).toThrow('never merged');
    expect(() => merge(tree, leaves, 2, [1])).toThrow('outside');
    expect(merge(tree, leaves, 0, [4, 3, 2, 1, 0]).lse[0]).toBeCloseTo(Math.log(5), 5);
  });

  it('gives the same bits when shards merge what they have of it', () => {
    const shards = fc.infiniteStream(fc.integer({ min: 0, max: 3 }));
    fc.assert(
      fc.property(cases, shards, ([leaves], owners) => {
        const owner = leaves.map((_, page) => (page === leaves.length - 1 ? 0 : Number(owners.next().value)));
        const lead = new MergeTree();
        lead.begin({ rows, headDim, first: 0, end: leaves.length });
        for (let shard = 0; shard < 4; shard += 1) {
          const tree = shard === 0 ? lead : new MergeTree();
          if (shard > 0) tree.begin({ rows, headDim, first: 0, end: leaves.length - 1 });
          leaves.forEach(({ o, lse }, page) => {
            if (owner[page] === shard) tree.add(page, o, 0, lse, 0);
          });
          const own = leaves.flatMap((_, page) =>
            owner[page] === shard ? [{ first: page, end: page + 1 }] : [],
          );
          if (shard === 0) continue;
          const roots = tree.roots();
          expect(roots.map(({ level, index }) => ({ level, index }))).toEqual(nodesOf(own));
          for (const { o, lse, ...node } of roots) lead.addNode(node, o, 0, lse, 0);
        }
        const { o, lse } = lead.finish();
        const expected = merge(new MergeTree(), leaves, 0, pagesFrom(0, leaves.length));
        expect([...lse]).toEqual([...expected.lse]);
        lse.forEach((sum, row) => {
          if (sum === Number.NEGATIVE_INFINITY) return;
          const at = row * headDim;
          expect([...o.slice(at, at + headDim)]).toEqual([...expected.o.slice(at, at + headDim)]);
        });
      }),
    );
  });

  it('refuses a node that reaches past the pages of the merge', () => {
    const tree = new MergeTree();
    tree.begin({ rows: 1, headDim: 1, first: 0, end: 3 });
    const one = Float32Array.of(1);
    expect(() => tree.addNode({ level: 1, index: 1 }, one, 0, one, 0)).toThrow(/pages 2\.\.4 are outside/);
  });
});
