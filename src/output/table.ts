// Aligned columns, as the book prints them. Pure: rows in, lines out.

/** Columns as wide as in the book, whatever they hold; the others start at 8. */
const NARROWEST: Readonly<Record<string, number>> = { ID: 16, 'Public IPv4': 16, 'Private IPv4': 16 };

/**
 * Lays out rows under their header, two or more spaces apart, widths rounded up to even: the book's tables.
 * The last column is not padded; no line ends in a space.
 */
export function table(header: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const all = [header, ...rows];
  const widths = header.map((title, column) => {
    const longest = Math.max(...all.map((row) => (row[column] ?? '').length));
    const even = Math.ceil((longest + 2) / 2) * 2;
    return Math.max(NARROWEST[title] ?? 8, even);
  });
  return all.map((row) =>
    header
      .map((_, column) => (row[column] ?? '').padEnd(column === header.length - 1 ? 0 : widths[column]!))
      .join('')
      .trimEnd(),
  );
}
