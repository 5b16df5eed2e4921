export interface TipRow {
  readonly color: string;
  readonly name: string;
  readonly value: string;
}

/** What hovers over a plot: a title and rows. Built of nodes, so that no name is read as HTML. */
export function tip(title: string, rows: readonly TipRow[]): HTMLElement {
  const box = document.createElement('div');
  box.className = 'tip';
  const head = document.createElement('strong');
  head.textContent = title;
  const table = document.createElement('table');
  for (const { color, name, value } of rows) {
    const cells = table.insertRow();
    const mark = cells.insertCell();
    mark.style.color = color;
    mark.textContent = '●';
    cells.insertCell().textContent = name;
    cells.insertCell().textContent = value;
  }
  box.append(head, table);
  return box;
}
