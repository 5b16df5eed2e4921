type Order = 'ascending' | 'descending';

/** Makes the heads of a table sort its rows; numbers first from the highest, as most of them are better so. */
export function sortTable(table: HTMLTableElement): void {
  const heads = [...(table.tHead?.rows[0]?.cells ?? [])];
  for (const [column, head] of heads.entries()) {
    head.querySelector('button')?.addEventListener('click', () => {
      const isNumber = head.classList.contains('number');
      const now = head.getAttribute('aria-sort');
      const first: Order = isNumber ? 'descending' : 'ascending';
      const second: Order = isNumber ? 'ascending' : 'descending';
      const order = now === first ? second : first;
      for (const other of heads) other.setAttribute('aria-sort', other === head ? order : 'none');
      sortRows(table, column, order);
    });
  }
}

/** Equal rows stay in their order; a cell without a value is last either way. */
function sortRows(table: HTMLTableElement, column: number, order: Order): void {
  const [body] = table.tBodies;
  if (body === undefined) return;
  const turn = order === 'ascending' ? 1 : -1;
  const valued = [...body.rows].map((row) => ({ row, value: row.cells[column]?.dataset.value }));
  valued.sort((left, right) => {
    if (left.value === undefined || right.value === undefined) {
      return Number(left.value === undefined) - Number(right.value === undefined);
    }
    return turn * compare(left.value, right.value);
  });
  body.append(...valued.map(({ row }) => row));
}

function compare(left: string, right: string): number {
  const difference = Number(left) - Number(right);
  return Number.isNaN(difference) ? left.localeCompare(right) : difference;
}
