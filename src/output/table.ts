// Aligned columns, as the book prints them. Pure: rows in, lines out.
import { wrap } from './wrap.ts';

/** Columns as wide as in the book, whatever they hold; the others start at 8. */
const NARROWEST: Readonly<Record<string, number>> = { ID: 16, 'Public IPv4': 16, 'Private IPv4': 16 };

export interface TableOptions {
  /** The terminal's width: the last column goes on in lines of its own where it is wider than that. */
  columns?: number | undefined;
  /** Titles of the columns that are aligned to the right, as those of prices are: so that digits stand under each other. */
  right?: readonly string[] | undefined;
}

/**
 * Lays out rows under their header, two or more spaces apart, widths rounded up to even: the book's tables.
 * The last column is not padded; no line ends in a space. A column without a title, of marks, is as narrow as it can be.
 */
export function table(
  header: readonly string[],
  rows: readonly (readonly string[])[],
  { columns, right = [] }: TableOptions = {},
): string[] {
  const all = [header, ...rows];
  const widths = widthsOf(header, rows);
  const before = widths.slice(0, -1);
  const indent = before.reduce((sum, width) => sum + width, 0);
  const isRight = (title: string) => right.includes(title) || title.startsWith('USD');
  const padded = (cell: string, width: number, title: string) =>
    isRight(title) ? `${cell.padStart(width - 2)}  ` : cell.padEnd(width);
  const lastTitle = header.at(-1) ?? '';
  return all.flatMap((row) => {
    const start = before.map((width, column) => padded(row[column] ?? '', width, header[column]!)).join('');
    const last = row[header.length - 1] ?? '';
    if (isRight(lastTitle)) return [`${start}${padded(last, widths.at(-1)!, lastTitle)}`.trimEnd()];
    const [first = '', ...more] = wrap(last, columns && columns - indent).split('\n');
    return [`${start}${first}`.trimEnd(), ...more.map((line) => `${' '.repeat(indent)}${line}`)];
  });
}

/**
 * The rows with cells cut, with an ellipsis, so that the table is no wider than this: those of the first of these columns, then, where
 * that is not enough, of the next; some of each cell is left. `cut` are titles, `columns` the width.
 */
export function cutToFit(
  header: readonly string[],
  rows: readonly (readonly string[])[],
  { cut, columns }: { cut: readonly string[]; columns: number },
): string[][] {
  return cut.reduce(
    (left, title) => {
      const at = header.indexOf(title);
      const room = roomFor(header, left, at, columns);
      return left.map((row) => row.map((cell, n) => (n === at && cell.length > room ? cutTo(cell, room) : cell)));
    },
    rows.map((row) => [...row]),
  );
}

/** The columns, from 0, that are left when those of `drop` are taken away, one after the other, until the table fits this width. */
export function dropToFit(
  header: readonly string[],
  rows: readonly (readonly string[])[],
  { drop, columns }: { drop: readonly string[]; columns: number },
): number[] {
  let kept = header.map((_, column) => column);
  const of = (row: readonly string[], those: readonly number[]) => those.map((column) => row[column] ?? '');
  const widthOf = (those: readonly number[]) => {
    const lines = table(
      of(header, those),
      rows.map((row) => of(row, those)),
    );
    return Math.max(...lines.map((line) => line.length));
  };
  for (const title of drop) {
    if (widthOf(kept) <= columns) break;
    kept = kept.filter((column) => header[column] !== title);
  }
  return kept;
}

const LEAST_LEFT = 8;

/** How long the cells of a column may be. Nothing stands behind the last column: there a cell takes only its own length. */
function roomFor(header: readonly string[], rows: readonly (readonly string[])[], at: number, columns: number): number {
  const last = header.length - 1;
  const longest = Math.max(...[header, ...rows].map((row) => (row[last] ?? '').length));
  const widths = widthsOf(header, rows).with(last, longest);
  const others = widths.filter((_, n) => n !== at).reduce((sum, width) => sum + width, 0);
  const room = at === last ? columns - others : Math.floor((columns - others) / 2) * 2 - 2;
  return Math.max(LEAST_LEFT, room);
}

/** A list ends behind one of its items. */
function cutTo(cell: string, room: number): string {
  const comma = cell.lastIndexOf(', ', room - 3);
  return comma > 0 ? `${cell.slice(0, comma)}, …` : `${cell.slice(0, room - 1)}…`;
}

function widthsOf(header: readonly string[], rows: readonly (readonly string[])[]): number[] {
  return header.map((title, column) => {
    const longest = Math.max(...[header, ...rows].map((row) => (row[column] ?? '').length));
    if (title === '') return Math.max(1, longest) + 1;
    const even = Math.ceil((longest + 2) / 2) * 2;
    return Math.max(NARROWEST[title] ?? 8, even);
  });
}
