import fc from 'fast-check';
import { expect, it } from 'vitest';
import { HandleHeap } from '../../src/policy/handleHeap.js';

it('gives handles by key, then by tie, as a sorted array does, while keys change', () => {
  const handle = fc.oneof(fc.nat({ max: 20 }), fc.nat({ max: 2000 }));
  const step = fc.oneof(
    { weight: 4, arbitrary: fc.record({ kind: fc.constant('set'), handle, key: fc.nat({ max: 9 }) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('remove'), handle, key: fc.constant(0) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('take'), handle, key: fc.constant(0) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('lower'), handle, key: fc.nat({ max: 9 }) }) },
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 400, size: 'max' }), (steps) => {
      const heap = new HandleHeap(300, true);
      let model: { handle: number; key: number; tie: number }[] = [];
      const sort = () => model.sort((a, b) => a.key - b.key || a.tie - b.tie);
      for (const [tie, { kind, handle, key }] of steps.entries()) {
        if (kind === 'lower') {
          heap.lower(key);
          model = model.map((entry) => ({ ...entry, key: entry.key - key }));
        } else if (kind === 'take' && model.length > 0) expect(takeFirst(heap)).toEqual(sort().shift());
        else {
          model = model.filter((entry) => entry.handle !== handle);
          if (kind === 'set') {
            heap.set(handle, key, -tie);
            model.push({ handle, key, tie: -tie });
          } else heap.remove(handle);
        }
        expect(heap.size).toBe(model.length);
        expect(heap.has(handle)).toBe(model.some((entry) => entry.handle === handle));
      }
      const drained = Array.from(model, () => takeFirst(heap));
      expect(drained).toEqual(sort());
    }),
  );
});

function takeFirst(heap: HandleHeap): { handle: number; key: number; tie: number } {
  const entry = { handle: heap.first, key: heap.firstKey, tie: heap.firstTie };
  heap.remove(entry.handle);
  return entry;
}
