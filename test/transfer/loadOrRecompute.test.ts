import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { blocksWorthLoading } from '../../src/transfer/loadOrRecompute.js';

/** Bytes for each prefix of blocks that take so much each. */
function sums(blocks: readonly number[]): number[] {
  const loadBytes = [0];
  for (const bytes of blocks) loadBytes.push(loadBytes.at(-1)! + bytes);
  return loadBytes;
}

const speeds = { loadBytesPerMs: 10, recomputeMsPerBlock: 5 };

describe('what of a prefix is worth loading', () => {
  it('is everything while nothing is measured', () => {
    const loadBytes = sums([1e9, 1e9]);
    expect(blocksWorthLoading(loadBytes, { ...speeds, loadBytesPerMs: null })).toBe(2);
    expect(blocksWorthLoading(loadBytes, { ...speeds, recomputeMsPerBlock: null })).toBe(2);
  });

  it('is what loads no slower than it is computed', () => {
    expect(blocksWorthLoading(sums([50, 50, 50]), speeds)).toBe(3);
    expect(blocksWorthLoading(sums([51, 51, 51]), speeds)).toBe(0);
    expect(blocksWorthLoading(sums([0, 0, 51, 51]), speeds)).toBe(2);
  });

  it('takes a slow load for the blocks in memory behind it', () => {
    expect(blocksWorthLoading(sums([0, 80, 0]), speeds)).toBe(3);
    expect(blocksWorthLoading(sums([0, 120, 0]), speeds)).toBe(1);
  });

  it('never goes on from where one cannot', () => {
    expect(blocksWorthLoading([0, Number.POSITIVE_INFINITY, 1000], speeds)).toBe(0);
    expect(blocksWorthLoading([0, Number.POSITIVE_INFINITY, 20], speeds)).toBe(2);
  });

  it('loads no stretch that would be computed sooner, and is the same when asked about its answer', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(120), { maxLength: 40 }), (blocks) => {
        const loadBytes = sums(blocks);
        const taken = blocksWorthLoading(loadBytes, speeds);
        for (let from = 0; from < taken; from += 1) {
          const loadMs = (loadBytes[taken]! - loadBytes[from]!) / speeds.loadBytesPerMs;
          expect(loadMs).toBeLessThanOrEqual((taken - from) * speeds.recomputeMsPerBlock + 1e-9);
        }
        for (let to = taken + 1; to < loadBytes.length; to += 1) {
          const loadMs = (loadBytes[to]! - loadBytes[taken]!) / speeds.loadBytesPerMs;
          expect(loadMs).toBeGreaterThan((to - taken) * speeds.recomputeMsPerBlock - 1e-9);
        }
        expect(blocksWorthLoading(loadBytes.slice(0, taken + 1), speeds)).toBe(taken);
      }),
    );
  });
});
