import fc from 'fast-check';
import { expect, it } from 'vitest';
import { FreeSlots } from '../../src/tiers/freeSlots.js';

const act = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('take' as const) }) },
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('release' as const), which: fc.nat() }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('claim' as const), slot: fc.nat(500) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('grow' as const), by: fc.nat(90) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('shrink' as const) }) },
);

it('gives the lowest free slot, never one that is taken, and knows what is free at the end', () => {
  fc.assert(
    fc.property(fc.nat(100), fc.array(act, { maxLength: 400, size: 'max' }), (capacity, acts) => {
      const slots = new FreeSlots();
      slots.resize(capacity);
      const taken = new Set<number>();
      for (const next of acts) {
        if (next.kind === 'take') {
          const slot = slots.take();
          let lowest = 0;
          while (taken.has(lowest)) lowest += 1;
          expect(slot).toBe(lowest < slots.capacity ? lowest : -1);
          if (slot >= 0) taken.add(slot);
        } else if (next.kind === 'release' && taken.size > 0) {
          const slot = [...taken][next.which % taken.size]!;
          taken.delete(slot);
          slots.release(slot);
        } else if (next.kind === 'claim') {
          const isFree = next.slot < slots.capacity && !taken.has(next.slot);
          expect(slots.claim(next.slot)).toBe(isFree);
          if (isFree) taken.add(next.slot);
        } else if (next.kind === 'grow') slots.resize(slots.capacity + next.by);
        else if (next.kind === 'shrink') slots.resize(slots.capacity - slots.trailing);
        expect(slots.used).toBe(taken.size);
        expect(slots.trailing).toBe(slots.capacity - Math.max(0, ...[...taken].map((slot) => slot + 1)));
      }
    }),
    { numRuns: 100 },
  );
});
