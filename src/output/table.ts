// Aligned columns, as the book prints them. Pure: rows in, lines out.
import { wrap } from './wrap.ts';

/** Columns as wide as in the book, whatever they hold; the others start at 8. */
const NARROWEST: Readonly<Record<string, number>> = { ID: 16, 'Public IPv4': 16, 'Private IPv4': 16 };

/**
 * Lays out rows under their header, two or more spaces apart, widths rounded up to even: the book's tables.
 * The last column is not padded; no line ends in a space. A column without a title, of marks, is as narrow as it can be.
 * With `columns` the last column goes on in lines of its own where it is wider than that.
 */
export function table(
  header: readonly string[],
  rows: readonly (readonly string[])[],
  columns?: number | undefined,
): string[] {
  const all = [header, ...rows];
  const widths = header.map((title, column) => {
    const longest = Math.max(...all.map((row) => (row[column] ?? '').length));
    if (title === '') return Math.max(1, longest) + 1;
    const even = Math.ceil((longest + 2) / 2) * 2;
    return Math.max(NARROWEST[title] ?? 8, even);
  });
  const before = widths.slice(0, -1);
  const indent = before.reduce((sum, width) => sum + width, 0);
  return all.flatMap((row) => {
    const start = before.map((width, column) => (row[column] ?? '').padEnd(width)).join('');
    const [first = '', ...more] = wrap(row[header.length - 1] ?? '', columns && columns - indent).split('\n');
    return [`${start}${first}`.trimEnd(), ...more.map((line) => `${' '.repeat(indent)}${line}`)];
  });
}
