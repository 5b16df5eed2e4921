import fc from 'fast-check';
import { expect, it } from 'vitest';
import { queriesOfRows, queryRows, rowsOfQueries } from '../../src/device/queryRows.js';

const shapes = fc.record({
  tokens: fc.integer({ min: 1, max: 5 }),
  kvHeads: fc.integer({ min: 1, max: 3 }),
  group: fc.integer({ min: 1, max: 3 }),
  headDim: fc.integer({ min: 1, max: 4 }),
});

it('each query lies in the rows of its KV head, by token and then by head, and comes back to its place', () => {
  fc.assert(
    fc.property(shapes, ({ tokens, kvHeads, group, headDim }) => {
      const layout = { heads: kvHeads * group, kvHeads, headDim };
      const q = Float32Array.from({ length: tokens * layout.heads * headDim }, (_, at) => at + 1);
      const rows = queryRows(tokens, layout);
      const values = rowsOfQueries(q, tokens, layout);
      expect(values).toHaveLength(kvHeads * rows * headDim);
      for (let token = 0; token < tokens; token += 1) {
        for (let head = 0; head < layout.heads; head += 1) {
          const row = Math.floor(head / group) * rows + token * group + (head % group);
          const from = (token * layout.heads + head) * headDim;
          expect(values.slice(row * headDim, (row + 1) * headDim)).toEqual(q.slice(from, from + headDim));
        }
      }
      expect(queriesOfRows(values, tokens, headDim, layout)).toEqual(q);
    }),
  );
});

it('a single row is there twice', () => {
  const layout = { heads: 2, kvHeads: 2, headDim: 2 };
  expect(rowsOfQueries(Float32Array.of(1, 2, 3, 4), 1, layout)).toEqual(
    Float32Array.of(1, 2, 1, 2, 3, 4, 3, 4),
  );
});
