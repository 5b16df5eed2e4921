import { describe, expect, it } from 'vitest';
import { growthPlot } from '../../../bench/long/growthPlot.js';

describe('the plot of step times', () => {
  it('is an SVG with both lines, the contexts and the times', () => {
    const svg = growthPlot([
      { tokens: 2 ** 10, stepMs: 3.14, boundMs: 0.031 },
      { tokens: 2 ** 16, stepMs: 29.4, boundMs: 8.71 },
      { tokens: 2 ** 20, stepMs: 108.2, boundMs: 35.2 },
    ]);
    expect(svg).toMatch(/^<svg .*<\/svg>\s*$/s);
    for (const text of ['1k', '64k', '1M', '3.1', '0.03', '29', '8.7', '108', '35'])
      expect(svg).toContain(`>${text}</text>`);
    for (const name of ['a step', 'the bound']) expect(svg).toContain(name);
  });
});
