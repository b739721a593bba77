// `--format`, `--quiet` and `--filter`: docker's tables, JSON, and templates as far as `{{.Field}}` and `{{json .Field}}`.
import type { Filters } from '../api/filters.ts';
import { notPlayed } from '../failure.ts';
import { sortedKeys } from '../model/node.ts';
import type { Call } from './command.ts';

export type Row = Record<string, string | boolean>;

/**
 * A list as it was asked for. `columns` are those of the table: `ID ManagerStatus`, and `RunningFor=CREATED` where the
 * title is another. `inTable` gives a row as the table has it, where that differs.
 */
export function list(call: Call, columns: string, rows: Row[], inTable?: (row: Row, above?: Row) => Row): string {
  const format = call.text('format');
  if (call.is('quiet')) return lines(rows.map((row) => String(row['ID'])));
  if (format === 'json') return lines(rows.map((row) => JSON.stringify(sortedKeys(row))));
  if (format !== undefined) {
    const template = format.replaceAll('\\t', '\t').replaceAll('\\n', '\n');
    if (/^table\b/.test(template)) throw notPlayed(`${call.name} --format table`);
    return lines(rows.map((row) => filled(call, template, row)));
  }
  const named = columns.split(' ').map((column) => column.split('='));
  const titles = named.map(([name = '', title = spaced(name)]) => title.replace('_', ' ').toUpperCase());
  const shown = rows.map((row, n) => inTable?.(row, rows[n - 1]) ?? row);
  return table([titles, ...shown.map((row) => named.map(([name = '']) => String(row[name])))]);
}

const spaced = (name: string): string => name.replace(/(?<=[a-z])[A-Z]/g, ' $&');

/** One thing as JSON, or by a template. */
export const one = (call: Call, format: string, value: unknown): string =>
  `${format === 'json' ? JSON.stringify(value) : filled(call, format, value)}\n`;

/** A template filled in. A field that the value has not is refused, and so is the rest of Go's language. */
function filled(call: Call, template: string, value: unknown): string {
  const refusal = notPlayed(`${call.name} --format with more than the names of fields that are there`);
  const text = template.replaceAll(/\{\{(?:(json) +)?\.([\w.]*)\}\}/g, (_, json, path: string) => {
    const names = path.split('.').filter(Boolean);
    const found = names.reduce<unknown>((at, name) => (at as Record<string, unknown> | null)?.[name], value);
    if (found === undefined) throw refusal;
    return json === undefined ? goText(found) : JSON.stringify(found);
  });
  if (template.replaceAll(/\{\{(json +)?\.[\w.]*\}\}/g, '').includes('{{')) throw refusal;
  return text;
}

/** As Go prints a value: a map by its keys. */
function goText(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value);
  return `map[${Object.entries(sortedKeys(value as Record<string, unknown>))
    .map(([key, item]) => `${key}:${goText(item)}`)
    .join(' ')}]`;
}

/** Each text on a line of its own. */
export const lines = (texts: readonly string[]): string => texts.map((text) => `${text}\n`).join('');

/** Columns are three wider than the widest of their cells, and at least ten; the last one is as it is. */
function table(rows: string[][]): string {
  const widths = rows[0]!.map((_, n) => Math.max(10, ...rows.map((row) => row[n]!.length + 3)));
  return lines(rows.map((row) => row.map((cell, n) => (n < row.length - 1 ? cell.padEnd(widths[n]!) : cell)).join('')));
}

const natural = new Intl.Collator('en', { numeric: true, sensitivity: 'variant' });

/** The order of names in docker's lists: `node2` before `node10`. */
export const byName = (a: string, b: string): number => natural.compare(a, b);

/** `ready` → `Ready`. */
export const titled = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** `--filter name=web` → `{name: ['web']}`, as the Engine API takes it. */
export function filtersOf(call: Call): Filters {
  const pairs = call.all('filter').map((filter) => filter.split(/=(.*)/s));
  if (pairs.some(([, value]) => value === undefined)) throw notPlayed(`${call.name} --filter without a value`);
  const valuesOf = (key: string) => pairs.filter(([name]) => name === key).map(([, value = '']) => value);
  return Object.fromEntries(pairs.map(([key = '']) => [key, valuesOf(key)]));
}
