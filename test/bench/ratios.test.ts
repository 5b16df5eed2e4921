import { describe, expect, it } from 'vitest';
import type { BenchRow } from '../../bench/support/bench.js';
import { takeRatios } from '../../bench/support/ratios.js';

function row(name: string, tokensPerSecond: number, n: number): BenchRow {
  return { name, n, figures: { tokensPerSecond } };
}

const figure = 'tokensPerSecond';

describe('takeRatios', () => {
  it('compares with the fastest of the baselines', () => {
    const under = [row('slow', 10, 7), row('fast', 40, 5), row('middle', 20, 7)];
    expect(takeRatios([{ name: 'r', figure, over: row('kvtide', 100, 7), under }])).toEqual({
      ratios: [{ name: 'r', value: 2.5, n: 5, baseline: 'fast' }],
      missing: [],
    });
  });

  it('says why a ratio is missing', () => {
    const wanted = [
      { name: 'no baseline', figure, over: row('kvtide', 1, 1), under: [] },
      { name: 'no kvtide', figure, over: undefined, under: [row('fast', 1, 1)] },
    ];
    expect(takeRatios(wanted)).toEqual({
      ratios: [],
      missing: [
        { name: 'no baseline', reason: 'its baseline could not run' },
        { name: 'no kvtide', reason: 'kvtide could not run' },
      ],
    });
  });
});
