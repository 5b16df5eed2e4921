import Table from 'cli-table3';
import type { BenchResult } from './bench.js';

/** A result for people. */
export function benchTable({ rows, ratios }: BenchResult): string {
  const plain = { style: { head: [], border: [] } };
  const right = 'right' as const;
  const rowTable = new Table({
    ...plain,
    head: ['', 'rounds', 'figures'],
    colAligns: ['left', right, 'left'],
  });
  for (const { name, n, figures } of rows) {
    const shown = Object.entries(figures).map(([key, value]) => `${key} ${short(value)}`);
    rowTable.push([name, n, shown.join(', ')]);
  }
  const ratioTable = new Table({
    ...plain,
    head: ['ratio', 'value', 'rounds', 'against'],
    colAligns: ['left', right, right, 'left'],
  });
  for (const { name, value, n, baseline } of ratios) ratioTable.push([name, value.toFixed(2), n, baseline]);
  return `${rowTable.toString()}\n${ratioTable.toString()}`;
}

function short(value: number | string): string {
  return typeof value === 'number' ? String(Math.round(value * 100) / 100) : `(${value})`;
}
