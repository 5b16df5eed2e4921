import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PageMass } from '../../src/tiers/pageMass.js';

/** Every token by itself: the mean moves by a 16th of the way. */
function slowMean(steps: readonly { readonly share: number; readonly tokens: number }[]): number {
  let mean: number | null = null;
  for (const { share, tokens } of steps) {
    mean ??= share;
    for (let token = 0; token < tokens; token += 1) mean += (share - mean) / 16;
  }
  return mean ?? -1;
}

const step = fc.record({
  share: fc.double({ min: 0, max: 1, noNaN: true }),
  tokens: fc.integer({ min: 1, max: 64 }),
});

describe('PageMass', () => {
  it('is the mean over tokens in which each counts less than the next', () => {
    fc.assert(
      fc.property(fc.array(step), fc.nat(500), (steps, handle) => {
        const mass = new PageMass();
        for (const { share, tokens } of steps) mass.weigh(handle, share, tokens);
        expect(mass.of(handle)).toBeCloseTo(slowMean(steps), 4);
        expect(mass.of(handle + 1)).toBe(-1);
      }),
    );
  });

  it('knows nothing of the page that has the handle next', () => {
    const mass = new PageMass();
    mass.forget(5);
    mass.weigh(5, 0.5, 1);
    mass.forget(5);
    expect(mass.of(5)).toBe(-1);
    mass.weigh(5, 0.25, 1);
    expect(mass.of(5)).toBe(0.25);
  });
});
