import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pagesOfShare } from '../../src/policy/pageShare.js';
import { isSinkOrRecent } from '../../src/policy/sinkPages.js';
import { pageWeights, topPages } from '../../src/policy/topPages.js';

describe('pagesOfShare', () => {
  it('is never more than the share, and at least one page', () => {
    const share = fc.double({ min: 0.001, max: 1, noNaN: true });
    fc.assert(
      fc.property(share, fc.integer({ min: 1, max: 1e6 }), (part, pages) => {
        const count = pagesOfShare(part, pages);
        expect(count).toBeGreaterThanOrEqual(1);
        expect(count === 1 || count <= part * pages + 1e-6).toBe(true);
        expect(count).toBeGreaterThan(part * pages - 1);
      }),
    );
  });

  it('takes a share at its word, and nothing of nothing', () => {
    expect([30, 70, 110].map((pages) => pagesOfShare(0.1, pages))).toEqual([3, 7, 11]);
    expect(pagesOfShare(1, 7)).toBe(7);
    expect(pagesOfShare(0.5, 0)).toBe(0);
  });
});

describe('pageWeights', () => {
  it('counts every row alike, however high its scores are', () => {
    // Row 0 looks at page 2 with low scores, row 1 has high ones and looks at nothing in particular.
    const weights = pageWeights(Float64Array.of(0, 100, 0, 100, 6, 100), 2);
    expect(Math.max(...weights)).toBe(weights[2]);
    expect(weights[0]! + weights[1]! + weights[2]!).toBeCloseTo(1, 12);
  });
});

describe('topPages', () => {
  const weights = fc
    .array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 60 })
    .map((values) => Float64Array.from(values));

  it('chooses as many as it is told, none of which weighs less than one that is left out', () => {
    fc.assert(
      fc.property(weights, fc.double({ min: 0.01, max: 1, noNaN: true }), (all, share) => {
        const count = pagesOfShare(share, all.length);
        const chosen = topPages(all, count);
        expect(chosen.reduce((sum, one) => sum + one, 0)).toBe(count);
        const isFixed = (page: number) => count >= 3 && (page === 0 || page === all.length - 1);
        const out = Math.max(...all.filter((_, page) => chosen[page] === 0));
        all.forEach((weight, page) => {
          if (chosen[page] === 1 && !isFixed(page)) expect(weight).toBeGreaterThanOrEqual(out);
          if (isFixed(page)) expect(chosen[page]).toBe(1);
        });
      }),
    );
  });

  it('takes the heaviest alone where there is room for no more', () => {
    expect([...topPages(Float64Array.of(0.1, 0.7, 0.1, 0.1), 1)]).toEqual([0, 1, 0, 0]);
    expect([...topPages(Float64Array.of(0.1, 0.5, 0.4, 0), 3)]).toEqual([1, 1, 0, 1]);
  });
});

describe('isSinkOrRecent', () => {
  const read = (sinkTokens: number, windowTokens: number, position: number) =>
    [0, 1, 2, 3, 4].filter((block) => isSinkOrRecent({ sinkTokens, windowTokens }, 16, block, position));

  it('reads the pages that cover the first tokens and the last', () => {
    expect(read(4, 16, 80)).toEqual([0, 4]);
    expect(read(17, 17, 80)).toEqual([0, 1, 4]);
    expect(read(17, 18, 80)).toEqual([0, 1, 3, 4]);
    expect(read(0, 1, 80)).toEqual([]);
    expect(read(0, 1000, 80)).toEqual([0, 1, 2, 3, 4]);
  });
});
