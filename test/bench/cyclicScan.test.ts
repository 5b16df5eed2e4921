import { describe, expect, it } from 'vitest';
import { hidableRatio, optimumMisses } from '../../bench/long/cyclicScan.js';

describe('the optimum for a cyclic scan', () => {
  it('misses what has no room, and nothing where all have', () => {
    expect(optimumMisses(10, 4)).toBe(6);
    expect(optimumMisses(100, 1)).toBe(99);
    expect(optimumMisses(8, 8)).toBe(0);
    expect(optimumMisses(8, 20)).toBe(0);
  });

  it('hides as much of the link as there is compute', () => {
    expect(hidableRatio(8, 10)).toBe(1);
    expect(hidableRatio(20, 10)).toBe(0.5);
  });
});
