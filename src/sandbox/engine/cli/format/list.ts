// `--format` and `--quiet` of every list: a table, JSON lines, or a template a row.

import { table } from './table.ts';
import { compile } from './template.ts';
import { goJson } from './values.ts';

/** What a list shows: columns with titles, and rows of named values. */
export interface Listing {
  /** Title by value name, in the table's order; names that no column shows have a title for `table TEMPLATE`. */
  titles: Record<string, string>;
  columns: string[];
  rows: Record<string, unknown>[];
}

/** The list in the format asked for. */
export function listing({ titles, columns, rows }: Listing, format: string | undefined): string {
  if (format === undefined || format === '' || format === 'table') {
    const head = columns.map((column) => titles[column] ?? column);
    return table([head, ...rows.map((row) => columns.map((column) => String(row[column] ?? '')))]);
  }
  if (format === 'json') return rows.map((row) => `${goJson(sorted(row))}\n`).join('');
  const unescaped = format.replaceAll('\\t', '\t').replaceAll('\\n', '\n');
  const isTable = /^table\s/.test(unescaped);
  const print = compile(isTable ? unescaped.replace(/^table\s+/, '') : unescaped);
  const lines = rows.map((row) => print(sorted(row)));
  if (!isTable) return lines.map((line) => `${line}\n`).join('');
  return table([print(titles), ...lines].map((line) => line.split('\t')));
}

const sorted = (row: Record<string, unknown>) =>
  Object.fromEntries(Object.entries(row).sort(([a], [b]) => (a < b ? -1 : 1)));
