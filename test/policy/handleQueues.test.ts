import fc from 'fast-check';
import { expect, it } from 'vitest';
import { HandleQueues } from '../../src/policy/handleQueues.js';

const queues = 3;

function walk(of: HandleQueues, queue: number): { forward: number[]; backward: number[] } {
  const forward: number[] = [];
  const backward: number[] = [];
  for (let handle = of.first(queue); handle >= 0; handle = of.after(handle)) forward.push(handle);
  for (let handle = of.last(queue); handle >= 0; handle = of.before(handle)) backward.push(handle);
  return { forward, backward };
}

it('keeps every queue in order as arrays do, both ways, while it grows', () => {
  const step = fc.record({
    kind: fc.constantFrom('push', 'insert', 'remove', 'rotate'),
    queue: fc.nat({ max: queues - 1 }),
    handle: fc.oneof(fc.nat({ max: 9 }), fc.nat({ max: 1200 })),
    place: fc.nat({ max: 5 }),
  });
  fc.assert(
    fc.property(fc.array(step), fc.constantFrom(4, 100, 5000, undefined), (steps, capacity) => {
      const linked = new HandleQueues(queues, capacity);
      const model: number[][] = [[], [], []];
      for (const { kind, queue, handle, place } of steps) {
        const own = model[queue]!;
        const from = model.findIndex((one) => one.includes(handle));
        expect(linked.has(handle)).toBe(from >= 0);
        if (kind === 'rotate') {
          linked.rotate(queue);
          own.push(...own.splice(0, 1));
        } else if (from >= 0) {
          model[from]!.splice(model[from]!.indexOf(handle), 1);
          if (kind === 'remove') linked.remove(from, handle);
          else {
            linked.moveBack(from, queue, handle);
            own.push(handle);
          }
        } else if (kind === 'push') {
          linked.pushBack(queue, handle);
          own.push(handle);
        } else if (kind === 'insert') {
          linked.insertAfter(queue, handle, own[place - 1] ?? -1);
          own.splice(own[place - 1] === undefined ? 0 : place, 0, handle);
        }
        model.forEach((one, at) => {
          expect(walk(linked, at)).toEqual({ forward: one, backward: one.toReversed() });
          expect(linked.size(at)).toBe(one.length);
        });
      }
      const all = model.flat();
      const isOdd = (handle: number) => handle % 2 === 1;
      const even = all.filter((handle) => !isOdd(handle)).length;
      expect(linked.hasUnprotected(even, isOdd)).toBe(true);
      expect(linked.hasUnprotected(even + 1, isOdd)).toBe(false);
      const first = model[0]!.find((handle) => !isOdd(handle));
      const found = linked.firstUnprotected(0, isOdd);
      expect(found < 0 ? undefined : found).toBe(first);
    }),
  );
});
