import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SlotAllocator } from '../../src/memory/slotAllocator.js';

/** The same rules, written the slow way: look at every slot every time. */
class SlowAllocator {
  readonly hintOf: (number | undefined)[];
  readonly last = new Map<number, number>();

  constructor(slots: number) {
    this.hintOf = Array.from({ length: slots }, () => undefined);
  }

  allocate(hint: number): number | undefined {
    const after = this.last.get(hint);
    const next = after === undefined ? -1 : after + 1;
    const slot =
      next >= 0 && next < this.hintOf.length && this.hintOf[next] === undefined
        ? next
        : this.middleOfLongestGap();
    if (slot === undefined) return undefined;
    this.hintOf[slot] = hint;
    this.last.set(hint, slot);
    return slot;
  }

  free(slot: number): void {
    const hint = this.hintOf[slot]!;
    this.hintOf[slot] = undefined;
    if (!this.hintOf.includes(hint)) this.last.delete(hint);
  }

  middleOfLongestGap(): number | undefined {
    let best = { start: 0, length: 0 };
    for (let start = 0; start < this.hintOf.length; start += 1) {
      let end = start;
      while (end < this.hintOf.length && this.hintOf[end] === undefined) end += 1;
      if (end - start > best.length) best = { start, length: end - start };
    }
    if (best.length === 0) return undefined;
    return best.start === 0 ? 0 : best.start + Math.floor(best.length / 2);
  }
}

describe('SlotAllocator', () => {
  it('gives the same slots as the slow reference, each to one holder, and loses none', () => {
    const action = fc.oneof(
      { weight: 3, arbitrary: fc.record({ allocate: fc.integer({ min: 0, max: 5 }) }) },
      { weight: 2, arbitrary: fc.record({ free: fc.nat() }) },
    );
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 70 }), fc.array(action, { maxLength: 300 }), (slots, actions) => {
        const fast = new SlotAllocator(slots);
        const slow = new SlowAllocator(slots);
        const held: number[] = [];
        for (const step of actions) {
          if ('allocate' in step) {
            const slot = fast.allocate(step.allocate);
            expect(slot).toBe(slow.allocate(step.allocate));
            if (slot === undefined) expect(held.length).toBe(slots);
            else {
              expect(held).not.toContain(slot);
              held.push(slot);
            }
          } else if (held.length > 0) {
            const [slot] = held.splice(step.free % held.length, 1);
            fast.free(slot!);
            slow.free(slot!);
          }
          expect(fast.usedSlots).toBe(held.length);
          expect(fast.freeSlots).toBe(slots - held.length);
        }
      }),
    );
  });

  it('refuses to free a slot that is not in use', () => {
    const allocator = new SlotAllocator(2);
    const slot = allocator.allocate(0)!;
    allocator.free(slot);
    expect(() => allocator.free(slot)).toThrow('not in use');
    expect(() => allocator.free(7)).toThrow('not in use');
  });

  it.each([280, 350, 512])('keeps runs long in %i slots for 2 full and 4 window layers', (slots) => {
    const allocator = new SlotAllocator(slots);
    const windows = [0, 1, 3, 4];
    const heldBy = [0, 1, 2, 3, 4, 5].map((): number[] => []);
    for (let block = 0; block < 128; block += 1) {
      heldBy.forEach((held, layer) => {
        held.push(allocator.allocate(layer)!);
        if (windows.includes(layer) && held.length > 2) allocator.free(held.shift()!);
      });
    }
    for (const layer of [2, 5]) {
      expect(heldBy[layer]).toHaveLength(128);
      expect(128 / runs(heldBy[layer]!)).toBeGreaterThanOrEqual(32);
    }
  });
});

function runs(slots: readonly number[]): number {
  return slots.filter((slot, i) => i === 0 || slot !== slots[i - 1]! + 1).length;
}
