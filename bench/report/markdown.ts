import type { Table } from './tables';

/** A table in Markdown, its columns aligned so that it reads well as plain text too. */
export function markdown({ title, rows }: Table): string {
  const widths = rows[0].map((_, column) => Math.max(3, ...rows.map((row) => row[column].length)));
  const line = (row: string[]) => {
    const cells = row.map((cell, column) =>
      column === 0 ? cell.padEnd(widths[column]) : cell.padStart(widths[column]),
    );
    return `| ${cells.join(' | ')} |`;
  };
  const rule = widths.map((width, column) => (column === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`));
  const [head, ...body] = rows;
  return [`### ${title}`, '', line(head), `| ${rule.join(' | ')} |`, ...body.map(line), ''].join('\n');
}
