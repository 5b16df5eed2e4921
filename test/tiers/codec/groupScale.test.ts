import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { groupScale } from '../../../src/tiers/codec/groupScale.js';

const greatest = (2 - 2 ** -23) * 2 ** 127;

describe.each([7, 127])('the step of a group in %i levels', (levels) => {
  const largest = fc.float({ min: Math.fround(levels * 2 ** -126), noNaN: true, noDefaultInfinity: true });

  it('makes the largest value the last level, and every level a float32', () => {
    fc.assert(
      fc.property(largest, (size) => {
        const step = groupScale(size, levels);
        expect(Math.round(size / step)).toBe(levels);
        for (let level = 1; level <= levels; level += 1) expect(Math.fround(level * step)).toBe(level * step);
      }),
    );
  });

  it('is the same for what was decoded', () => {
    fc.assert(
      fc.property(largest, (size) => {
        const step = groupScale(size, levels);
        expect(groupScale(levels * step, levels)).toBe(step);
      }),
    );
  });

  it('has no level past the greatest number', () => {
    const step = groupScale(greatest, levels);
    expect(levels * step).toBeLessThanOrEqual(greatest);
    expect(Math.round(greatest / step)).toBe(levels);
  });

  it('is 0 where a step would be no normal number, and NaN where a value is not finite', () => {
    expect(groupScale(0, levels)).toBe(0);
    expect(groupScale(levels * 2 ** -127, levels)).toBe(0);
    expect(groupScale(Number.POSITIVE_INFINITY, levels)).toBeNaN();
    expect(groupScale(Number.NaN, levels)).toBeNaN();
  });
});
