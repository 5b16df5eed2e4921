import Table from 'cli-table3';

/** A table without colours, so that it reads the same in a file. */
export function plainTable(head: string[] = []): Table.Table {
  return new Table({ head, style: { head: [], border: [] } });
}
