/** `18.2 MB`: decimal units, as hosts and downloads count. */
export function formatBytes(bytes: number): string {
  const units = ['bytes', 'kB', 'MB', 'GB'];
  let value = bytes;
  while (value >= 1000 && units.length > 1) {
    value /= 1000;
    units.shift();
  }
  return `${units[0] === 'bytes' ? value : value.toFixed(value < 10 ? 2 : 1)} ${units[0]}`;
}

/** `45,088,768` */
export function formatCount(count: number): string {
  return count.toLocaleString('en-US');
}

/** Rows as aligned columns: the first to the left, the others to the right. */
export function formatTable(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  return rows.map((row) =>
    row.map((cell, column) => (column === 0 ? cell.padEnd(widths[column]) : cell.padStart(widths[column]))).join('  '),
  );
}
