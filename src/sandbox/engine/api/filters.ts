// The `filters` of the Engine API: `{"name": ["web"]}`, or `{"name": {"web": true}}` as older clients write it.
import { EngineError } from '../errors.ts';

export type Filters = Record<string, string[]>;

export function parseFilters(text: string | null): Filters {
  if (text === null || text === '') return {};
  try {
    const raw = JSON.parse(text) as Record<string, string[] | Record<string, boolean>>;
    return Object.fromEntries(
      Object.entries(raw).map(([key, values]) => [key, Array.isArray(values) ? values : Object.keys(values)]),
    );
  } catch {
    throw new EngineError(400, 'invalid filter');
  }
}

/** Refuses a filter of an unknown name. */
export function checkFilters(filters: Filters, known: readonly string[]): void {
  for (const key of Object.keys(filters)) {
    if (!known.includes(key)) throw new EngineError(400, `invalid filter '${key}'`);
  }
}

/** Refuses a filter's value that there is not. */
export function checkValues(filters: Filters, key: string, known: readonly string[]): void {
  for (const value of filters[key] ?? []) {
    if (!known.includes(value.toLowerCase())) throw new EngineError(500, `Invalid ${key} filter: '${value}'`);
  }
}

/** Whether one of the filter's values is accepted; a filter that was not given accepts everything. */
export function accepts(filters: Filters, key: string, test: (value: string) => boolean): boolean {
  const values = filters[key];
  return values === undefined || values.length === 0 || values.some(test);
}

/** Whether labels have all of `key` or `key=value`. */
export const acceptsLabels = (filters: Filters, key: string, labels: Record<string, string>): boolean =>
  (filters[key] ?? []).every((wanted) => {
    const [name = '', value] = wanted.split(/=(.*)/s);
    return labels[name] !== undefined && (value === undefined || labels[name] === value);
  });
