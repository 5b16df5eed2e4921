import fc from 'fast-check';
import { expect, it } from 'vitest';
import { HandleList } from '../../src/policy/handleList.js';

function walk(list: HandleList): { forward: number[]; backward: number[] } {
  const forward: number[] = [];
  const backward: number[] = [];
  for (let handle = list.first; handle >= 0; handle = list.after(handle)) forward.push(handle);
  for (let handle = list.last; handle >= 0; handle = list.before(handle)) backward.push(handle);
  return { forward, backward };
}

it('keeps order as an array does, both ways, while it grows', () => {
  const step = fc.record({ push: fc.boolean(), handle: fc.integer({ min: 0, max: 2000 }) });
  fc.assert(
    fc.property(fc.array(step), (steps) => {
      const list = new HandleList();
      let model: number[] = [];
      for (const { push, handle } of steps) {
        model = model.filter((other) => other !== handle);
        if (push) {
          list.pushBack(handle);
          model.push(handle);
        } else list.remove(handle);
      }
      const { forward, backward } = walk(list);
      expect(forward).toEqual(model);
      expect(backward).toEqual(model.toReversed());
      expect(list.size).toBe(model.length);
      for (const handle of model) expect(list.has(handle)).toBe(true);
    }),
  );
});
