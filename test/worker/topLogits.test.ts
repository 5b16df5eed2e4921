import fc from 'fast-check';
import { expect, it } from 'vitest';
import { topLogits } from '../../src/worker/topLogits.js';

it('gives what a full sort gives, the lower id first on ties', () => {
  const values = fc.array(fc.integer({ min: -4, max: 4 }), { minLength: 1, maxLength: 40 });
  fc.assert(
    fc.property(values, fc.integer({ min: 1, max: 50 }), (list, top) => {
      const order = list.map((_, id) => id).sort((a, b) => list[b]! - list[a]! || a - b);
      const found = topLogits(Float32Array.from(list), { top, all: false });
      expect([...found.ids]).toEqual(order.slice(0, top));
      expect([...found.logits]).toEqual(order.slice(0, top).map((id) => list[id]));
      const sum = list.reduce((total, value) => total + Math.exp(value), 0);
      expect(found.logsumexp).toBeCloseTo(Math.log(sum), 10);
    }),
  );
});
