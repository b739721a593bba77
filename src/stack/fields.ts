// What a deployment would change of a service, field by field. Pure.
import type { ChangedPart } from './compare.ts';

export interface FieldChange {
  /** By Compose's words, as far as it has one: `environment COLOUR`, `resources limits.memory_bytes`. */
  field: string;
  /** Undefined where there is nothing. */
  before: string | undefined;
  after: string | undefined;
  /** The values are not told, as they may be secret. */
  isHidden?: true;
}

type Fields = Readonly<Record<string, unknown>>;

/** Where people keep passwords. */
const MAY_BE_SECRET = new Set([
  'environment',
  'command',
  'entrypoint',
  'healthcheck',
  'labels',
  'container labels',
  'logging',
]);
/** Options of a volume's driver are among the mounts: those of NFS and CIFS have passwords. */
const SECRET_FIELD = /\.driver_config\b/;

/** `values`: those that may be secret are told as well. */
export function fieldChanges(parts: readonly ChangedPart[], { values }: { values: boolean }): FieldChange[] {
  return parts.flatMap(({ part, before, after }) =>
    leavesOf(before, after, { path: [], part }).map(({ path, had, gets }): FieldChange => {
      const field = [part, path.join('.')].filter((each) => each !== '').join(' ');
      const isSecret = !values && (MAY_BE_SECRET.has(part) || SECRET_FIELD.test(`.${path.join('.')}`));
      const text = (value: unknown) => (value === undefined ? undefined : isSecret ? '•••' : textOf(value));
      return { field, before: text(had), after: text(gets), ...(isSecret && { isHidden: true }) };
    }),
  );
}

interface Leaf {
  path: readonly string[];
  had: unknown;
  gets: unknown;
}

interface At {
  path: readonly string[];
  part: string;
}

function leavesOf(had: unknown, gets: unknown, { path, part }: At): Leaf[] {
  if (JSON.stringify(had) === JSON.stringify(gets)) return [];
  const [before, after] = [entriesOf(had, part), entriesOf(gets, part)];
  if ((before === undefined && had !== undefined) || (after === undefined && gets !== undefined))
    return [{ path, had, gets }];
  const keys = [...new Set([...(before?.keys() ?? []), ...(after?.keys() ?? [])])];
  return keys.flatMap((key) => {
    const step = isOwnWord(part, path) ? key : snake(key);
    // An id says no more than the name beside it.
    if (/^(config|secret)_id$/.test(step)) return [];
    return leavesOf(before?.get(key), after?.get(key), { path: [...path, step], part });
  });
}

/** Keys of labels, variables and options are the user's own. */
const isOwnWord = (part: string, path: readonly string[]): boolean =>
  /^(environment|labels|container labels)$/.test(part) || /^(options|sysctls|labels)$/.test(path.at(-1) ?? '');

const snake = (word: string): string =>
  /^[A-Z][A-Za-z]*$/.test(word) ? word.replace(/(?<=[a-z])(?=[A-Z])/g, '_').toLowerCase() : word;

/** What is known by a name inside a value; undefined for what is one value. */
function entriesOf(value: unknown, part: string): Map<string, unknown> | undefined {
  if (Array.isArray(value)) return namedEntries(value, part);
  return typeof value === 'object' && value !== null ? new Map(Object.entries(value)) : undefined;
}

function namedEntries(list: readonly unknown[], part: string): Map<string, unknown> | undefined {
  const named = list.map((each): [string | undefined, unknown] => {
    if (part === 'environment' && typeof each === 'string') {
      const [, name = each, value] = /^([^=]*)=([\s\S]*)$/.exec(each) ?? [];
      return [name, value ?? ''];
    }
    return [keyOf(each), each];
  });
  const keys = named.map(([key]) => key);
  const isTold = keys.every((key) => key !== undefined) && new Set(keys).size === keys.length;
  return isTold ? new Map(named as [string, unknown][]) : undefined;
}

/** By what an entry of a list is known: where it is mounted, which port it is, its name. */
function keyOf(entry: unknown): string | undefined {
  if (typeof entry !== 'object' || entry === null) return undefined;
  const { File: file, Target, TargetPort, Protocol = 'tcp', Name } = entry as Fields;
  const { Name: path } = (file ?? {}) as Fields;
  const port = TargetPort === undefined ? undefined : `${TargetPort}/${Protocol}`;
  const key = path ?? Target ?? port ?? Name;
  return key === undefined ? undefined : String(key);
}

const textOf = (value: unknown): string =>
  typeof value === 'string' && value !== '' && !/[\s"]/.test(value) ? value : JSON.stringify(value);

/** `replicas: 1 → 2`, `environment COLOUR: changed`, `ports 80/tcp: new`. */
export function fieldLine({ field, before, after, isHidden }: FieldChange): string {
  if (isHidden) return `${field}: ${before === undefined ? 'new' : after === undefined ? 'removed' : 'changed'}`;
  return `${field}: ${before ?? 'none'} → ${after ?? 'none'}`;
}
