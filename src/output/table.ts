// Aligned columns, as the book prints them. Pure: rows in, lines out.

/** The first column holds ids and is as wide as in the book; the others start at 8 and grow by what they hold. */
const NARROWEST = { first: 16, others: 8 };

/**
 * Lays out rows under their header, two or more spaces apart, widths rounded up to even: the book's tables.
 * The last column is not padded; no line ends in a space.
 */
export function table(header: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const all = [header, ...rows];
  const widths = header.map((_, column) => {
    const longest = Math.max(...all.map((row) => (row[column] ?? '').length));
    const even = Math.ceil((longest + 2) / 2) * 2;
    return Math.max(column === 0 && header[0] === 'ID' ? NARROWEST.first : NARROWEST.others, even);
  });
  return all.map((row) =>
    header
      .map((_, column) => (row[column] ?? '').padEnd(column === header.length - 1 ? 0 : widths[column]!))
      .join('')
      .trimEnd(),
  );
}
