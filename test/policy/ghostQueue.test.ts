import fc from 'fast-check';
import { expect, it } from 'vitest';
import { GhostQueue } from '../../src/policy/ghostQueue.js';

it('remembers the newest keys, as an array does, and never more than it may', () => {
  const step = fc.oneof(
    fc.record({ kind: fc.constantFrom('push' as const, 'take' as const), value: fc.nat({ max: 20 }) }),
    fc.record({ kind: fc.constantFrom('trim' as const, 'resize' as const), value: fc.nat({ max: 12 }) }),
  );
  fc.assert(
    fc.property(fc.nat({ max: 12 }), fc.array(step, { maxLength: 200, size: 'max' }), (start, steps) => {
      const ghosts = new GhostQueue(start);
      let capacity = start;
      let model: number[] = [];
      const newest = (count: number) => model.slice(Math.max(0, model.length - count));
      for (const { kind, value } of steps) {
        if (kind === 'take') expect(ghosts.take(value, 0) >= 0).toBe(model.includes(value));
        if (kind === 'push') expect(ghosts.push(value, 0) >= 0).toBe(capacity > 0);
        if (kind === 'trim') ghosts.trim(value);
        if (kind === 'resize') {
          ghosts.resize(value);
          capacity = value;
        }
        if (kind === 'take' || kind === 'push') model = model.filter((key) => key !== value);
        if (kind === 'push') model.push(value);
        if (kind === 'trim') model = newest(value);
        model = newest(capacity);
        expect(ghosts.size).toBe(model.length);
      }
      for (const key of model) expect(ghosts.take(key, 0)).toBeGreaterThanOrEqual(0);
      expect(ghosts.size).toBe(0);
    }),
  );
});
