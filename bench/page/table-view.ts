import type { Table } from '../report/tables';

/** A table as HTML. */
export function showTable({ title, rows }: Table): HTMLTableElement {
  const table = document.createElement('table');
  table.createCaption().textContent = title;
  for (const [index, row] of rows.entries()) {
    const line = table.insertRow();
    for (const [column, text] of row.entries()) {
      const cell = document.createElement(index === 0 || column === 0 ? 'th' : 'td');
      cell.textContent = text;
      line.append(cell);
    }
  }
  return table;
}
