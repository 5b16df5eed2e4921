import Table from 'cli-table3';
import type { BenchResult } from './bench.js';

/** A result for people. */
export function benchTable({ rows, ratios, grids = [] }: BenchResult): string {
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
  const gridTables = grids.map(({ title, columns, lines }) => {
    const head = [title, ...columns];
    const table = new Table({ ...plain, head, colAligns: ['left', ...columns.map(() => right)] });
    for (const { name, cells } of lines) table.push([name, ...cells.map((cell) => cell.toFixed(2))]);
    return table;
  });
  return [rowTable, ...gridTables, ratioTable].map((table) => table.toString()).join('\n');
}

function short(value: number | string): string {
  return typeof value === 'number' ? String(Math.round(value * 100) / 100) : `(${value})`;
}
