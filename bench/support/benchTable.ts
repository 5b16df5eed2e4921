import Table from 'cli-table3';
import type { BenchResult } from './bench.js';

/** A result for people. */
export function benchTable({ rows, ratios }: BenchResult): string {
  const plain = { style: { head: [], border: [] } };
  const right = 'right' as const;
  const rowTable = new Table({
    ...plain,
    head: ['', 'context', 'tokens/s', 'ms/token', 'rounds', 'details'],
    colAligns: ['left', right, right, right, right, 'left'],
  });
  for (const { name, context, tokensPerSecond, msPerToken, n, details } of rows) {
    const shown = Object.entries(details ?? {}).map(([key, value]) => `${key} ${short(value)}`);
    rowTable.push([name, context, tokensPerSecond.toFixed(1), msPerToken.toFixed(2), n, shown.join(', ')]);
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
