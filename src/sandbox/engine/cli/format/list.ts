// `--format` and `--quiet` of every list: a table, JSON lines, or a template a row.

import { Failure } from '../framework/command.ts';
import { row } from './goTypes.ts';
import { table } from './table.ts';
import { compile, FieldFault, TemplateFault } from './template.ts';
import { goJson } from './values.ts';

/** What a list shows: columns with titles, and rows of named values. */
export interface Listing {
  /** Title by value name, in the table's order; names that no column shows have a title for `table TEMPLATE`. */
  titles: Record<string, string>;
  columns: string[];
  rows: Record<string, unknown>[];
  /** How Go calls a row. */
  type: string;
  /** How an error in a template's fields begins, where that is not as usual. */
  fault?: string;
  /** A row that stands for all: docker tries a template of some lists on it, whether there are rows or not. */
  sample?: Record<string, unknown>;
}

/** Whether a format asks for a table. */
export const isTable = (format: string | undefined): boolean => !format || /^table(\s|$)/.test(format);

/** The list in the format asked for. */
export function listing(list: Listing, format: string | undefined): string {
  const { titles, columns, rows } = list;
  if (!format || format === 'table') {
    const head = columns.map((column) => titles[column] ?? column);
    return table([head, ...rows.map((row) => columns.map((column) => String(row[column] ?? '')))]);
  }
  if (format === 'json') return rows.map((row) => `${goJson(sorted(row))}\n`).join('');
  return templated(list, format.replaceAll('\\t', '\t').replaceAll('\\n', '\n'));
}

/** A template is read even when there is no row to print. */
function templated({ titles, rows, type, fault = 'template parsing error', sample }: Listing, format: string): string {
  const asTable = /^table\s/.test(format);
  try {
    const template = asTable ? format.replace(/^table\s+/, '') : format;
    const print = compile(template, { type: row(type) });
    if (sample !== undefined) print(sample);
    const lines = rows.map((row) => print(sorted(row)));
    if (!asTable) return lines.map((line) => `${line}\n`).join('');
    return table([compile(template)(titles), ...lines].map((line) => line.split('\t')));
  } catch (error) {
    if (!(error instanceof FieldFault || error instanceof TemplateFault)) throw error;
    throw new Failure(`${error instanceof FieldFault ? fault : 'template parsing error'}: ${error.message}`);
  }
}

const sorted = (row: Record<string, unknown>) =>
  Object.fromEntries(Object.entries(row).sort(([a], [b]) => (a < b ? -1 : 1)));
