// Tables as docker's: columns padded with three spaces to the widest of them, at least ten wide.

const PADDING = 3;
const LEAST_WIDTH = 10;

/** Lines of a table whose cells may be of any length. The last column is not padded. */
export function table(rows: readonly (readonly string[])[]): string {
  const columns = Math.max(...rows.map((row) => row.length));
  const widths = Array.from({ length: columns - 1 }, (_, i) => {
    const widest = rows.reduce((most, row) => Math.max(most, widthOf(row[i] ?? '')), 0);
    return Math.max(LEAST_WIDTH, widest + PADDING);
  });
  const line = (row: readonly string[]) =>
    row.map((cell, i) => (i < columns - 1 ? cell + ' '.repeat(widths[i]! - widthOf(cell)) : cell)).join('');
  return rows.map((row) => `${line(row)}\n`).join('');
}

const widthOf = (text: string): number => [...text].length;

const natural = new Intl.Collator('en', { numeric: true, sensitivity: 'variant' });

/** The order of names in docker's lists: `node2` before `node10`. */
export const byName = (a: string, b: string): number => natural.compare(a, b);
