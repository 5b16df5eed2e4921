import { describe, expect, it } from 'vitest';
import { benchTable } from '../../bench/support/benchTable.js';

describe('the table of a result', () => {
  it('shows rows, grids and ratios', () => {
    const text = benchTable({
      rows: [{ name: 'all hot', n: 3, figures: { stepMs: 7.259, note: 'quiet' } }],
      ratios: [{ name: 'cold_vs_hot', value: 0.5, n: 3, baseline: 'all hot' }],
      grids: [
        {
          title: 'hidden ratio',
          columns: ['30 % cold', '80 % cold'],
          lines: [{ name: 'optimum', cells: [1, 0.25] }],
        },
      ],
      missing: [],
    });
    const lines = text.split('\n').map((line) => line.replaceAll(/\s*│\s*/g, '|'));
    expect(lines).toContain('|all hot|3|stepMs 7.26, note (quiet)|');
    expect(lines).toContain('|hidden ratio|30 % cold|80 % cold|');
    expect(lines).toContain('|optimum|1.00|0.25|');
    expect(lines).toContain('|cold_vs_hot|0.50|3|all hot|');
  });
});
