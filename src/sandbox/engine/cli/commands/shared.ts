// What several commands read the same way.

import type { Filters } from '../../api/filters.ts';
import { Failure, type Values } from '../framework/command.ts';

/** `--filter name=web` → `{name: ['web']}`. */
export function filtersOf(values: Values): Filters {
  const filters: Filters = {};
  for (const filter of values.all('filter')) {
    const [key = '', value] = filter.split(/=(.*)/s);
    if (value === undefined) {
      throw new Failure(`invalid argument "${filter}" for "-f, --filter" flag: invalid filter '${filter}'`, 125);
    }
    filters[key.trim().toLowerCase()] = [...(filters[key.trim().toLowerCase()] ?? []), value.trim()];
  }
  return filters;
}

/** `nginx:latest@sha256:…` → `nginx:latest`. */
export const withoutDigest = (image: string): string => image.replace(/@sha256:[0-9a-f]{64}$/, '');
