// What several commands read the same way.

import type { Filters } from '../../api/filters.ts';
import type { Values } from '../framework/command.ts';
import { badArgument } from '../framework/flags.ts';

/** `--filter name=web` → `{name: ['web']}`. */
export function filtersOf(values: Values): Filters {
  const filters: Filters = {};
  for (const filter of values.all('filter')) {
    const [key = '', value] = filter.split(/=(.*)/s);
    if (value === undefined) {
      throw badArgument({ long: 'filter', short: 'f' }, filter, 'bad format of filter (expected name=value)');
    }
    filters[key.trim().toLowerCase()] = [...(filters[key.trim().toLowerCase()] ?? []), value.trim()];
  }
  return filters;
}

/** `nginx:latest@sha256:…` → `nginx:latest`. */
export const withoutDigest = (image: string): string => image.replace(/@sha256:[0-9a-f]{64}$/, '');
