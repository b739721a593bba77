// The values of Compose files, variables replaced. Each has its place, and the folder from which its relative paths count.
import type { At } from './desired.ts';

export type Value = Scalar | Mapping | List;

interface Located {
  at: At;
  folder: string;
  /** `!reset` and `!override`: what a merge does with it. */
  tag?: 'reset' | 'override' | undefined;
}

export interface Scalar extends Located {
  kind: 'scalar';
  value: string | number | boolean | null;
  /** As text; '' for null. */
  text: string;
  /** As it stands in the file, where that is not the text: `1.10`. */
  written?: string | undefined;
}

export interface Entry {
  /** Where the key is. */
  at: At;
  value: Value;
}

export interface Mapping extends Located {
  kind: 'mapping';
  entries: ReadonlyMap<string, Entry>;
}

export interface List extends Located {
  kind: 'list';
  items: readonly Value[];
}

export const isNull = (value: Value | undefined): boolean =>
  value === undefined || (value.kind === 'scalar' && value.value === null);

/** The value of a key; undefined where the key, or the mapping, is not there. */
export const child = (value: Value | undefined, key: string): Value | undefined =>
  value?.kind === 'mapping' ? value.entries.get(key)?.value : undefined;

/** A mapping like this one with other entries. */
export const withEntries = (like: Value, entries: ReadonlyMap<string, Entry>): Mapping => ({
  kind: 'mapping',
  at: like.at,
  folder: like.folder,
  entries,
});

/** A list like this value with other items. */
export const withItems = (like: Value, items: readonly Value[]): List => ({
  kind: 'list',
  at: like.at,
  folder: like.folder,
  items,
});

/** A text at the place of another value. */
export const textAt = (like: Value, text: string): Scalar => ({
  kind: 'scalar',
  at: like.at,
  folder: like.folder,
  value: text,
  text,
});
