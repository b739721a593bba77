// One Compose file over another, by the Compose specification's rules (13-merge.md): mappings by key, lists one after the other,
// single values replaced; and what is different for some keys.

import { by } from './bodies.ts';
import { portKey } from './ports.ts';
import { shortTarget } from './short-volume.ts';
import {
  child,
  type Entry,
  isNull,
  type Mapping,
  type Scalar,
  textAt,
  type Value,
  withEntries,
  withItems,
} from './tree.ts';

type Rule = (base: Value, over: Value, path: readonly string[]) => Value;

/** Keys of a service, and `deploy.labels` of its parts. */
const RULES: ReadonlyMap<string, Rule> = new Map([
  ...each(['command', 'entrypoint', 'healthcheck.test'], (_base, over) => over),
  ...each(
    [
      'environment',
      'labels',
      'annotations',
      'sysctls',
      'build.args',
      'build.labels',
      'deploy.labels',
      'logging.options',
    ],
    (base, over, path) => mergeMappings(keyed(base), keyed(over), path),
  ),
  ...each(['networks', 'depends_on'], (base, over, path) => mergeMappings(named(base), named(over), path)),
  ...each(['dns', 'dns_search', 'dns_opt', 'env_file', 'label_file', 'tmpfs'], (base, over) =>
    withItems(over, [...items(base), ...items(over)]),
  ),
  ...each(['cap_add', 'cap_drop', 'group_add', 'security_opt', 'expose', 'devices', 'extra_hosts'], (base, over) =>
    unique(base, over, plainKey),
  ),
  ...each(['secrets', 'configs'], (base, over) => unique(base, over, targetKey)),
  ...each(['volumes'], (base, over) => unique(base, over, volumeKey)),
  ...each(['ports'], (base, over) => unique(base, over, portKey)),
  ...each(['logging'], mergeLogging),
  ...each(['build'], (base, over, path) => mergeMappings(withContext(base), withContext(over), path)),
]);

function each(keys: readonly string[], rule: Rule): (readonly [string, Rule])[] {
  return keys.map((key) => [key, rule] as const);
}

/** `path` are the keys that lead to both. */
export function merge(base: Value, over: Value, path: readonly string[] = []): Value {
  if (over.tag === 'override') return { ...over, tag: undefined };
  if (isNull(over)) return base;
  if (isNull(base)) return over;
  const rule = path[0] === 'services' ? RULES.get(path.slice(2).join('.')) : undefined;
  if (rule) return rule(base, over, path);
  if (path.length === 3 && path[2] === 'labels') return mergeMappings(keyed(base), keyed(over), path);
  if (base.kind === 'mapping' && over.kind === 'mapping') return mergeMappings(base, over, path);
  if (base.kind === 'list' && over.kind === 'list') return withItems(over, [...base.items, ...over.items]);
  return over;
}

function mergeMappings(base: Value, over: Value, path: readonly string[]): Value {
  if (base.kind !== 'mapping' || over.kind !== 'mapping') return over;
  const entries = new Map<string, Entry>(base.entries);
  for (const [key, { at, value }] of over.entries) {
    const before = entries.get(key);
    if (value.tag === 'reset') entries.delete(key);
    else entries.set(key, before ? { at, value: merge(before.value, value, [...path, key]) } : { at, value });
  }
  return withEntries(over, entries);
}

/** `[A=1, B]` as a mapping. */
export function keyed(value: Value): Value {
  if (value.kind !== 'list') return value;
  const entries = new Map<string, Entry>();
  for (const item of value.items) {
    if (item.kind !== 'scalar') return value;
    const [, name, text] = /^([^=]*)(?:=(.*))?$/s.exec(item.text)!;
    entries.set(name!, { at: item.at, value: text === undefined ? nullAt(item) : textAt(item, text) });
  }
  return withEntries(value, entries);
}

/** `[a, b]` as a mapping of names to nothing. */
export function named(value: Value): Value {
  if (value.kind !== 'list') return value;
  const texts = value.items.filter((item): item is Scalar => item.kind === 'scalar');
  if (texts.length < value.items.length) return value;
  return withEntries(value, new Map(texts.map((item) => [item.text, { at: item.at, value: nullAt(item) }])));
}

const nullAt = (like: Value): Scalar => ({ ...textAt(like, ''), value: null });

const items = (value: Value): readonly Value[] => (value.kind === 'list' ? value.items : [value]);

/** Those of both, where an item of the second takes the place of one that is the same. */
function unique(base: Value, over: Value, keyOf: (item: Value) => string): Value {
  const found = new Map<string, Value>();
  for (const item of [...listed(base), ...listed(over)]) found.set(keyOf(item), item);
  return withItems(over, [...found.values()]);
}

/** extra_hosts may be a mapping. */
function listed(value: Value): readonly Value[] {
  if (value.kind !== 'mapping') return items(value);
  return [...value.entries].flatMap(([key, { value: one }]) =>
    items(one).map((item) => textAt(item, `${key}:${item.kind === 'scalar' ? item.text : ''}`)),
  );
}

const plainKey = (item: Value): string => (item.kind === 'scalar' ? item.text : JSON.stringify(plain(item)));

function targetKey(item: Value): string {
  if (item.kind === 'scalar') return item.text;
  const name = child(item, 'target') ?? child(item, 'source');
  return name?.kind === 'scalar' ? name.text : '';
}

function volumeKey(item: Value): string {
  if (item.kind === 'scalar') return shortTarget(item.text);
  const target = child(item, 'target');
  return target?.kind === 'scalar' ? target.text : '';
}

/** The options of another driver mean nothing to this one. */
function mergeLogging(base: Value, over: Value, path: readonly string[]): Value {
  const [before, after] = [base, over].map((one) => child(one, 'driver'));
  const isOther = before?.kind === 'scalar' && after?.kind === 'scalar' && before.text !== after.text;
  return isOther ? over : mergeMappings(base, over, path);
}

/** `build: ./folder` as a mapping. */
function withContext(value: Value): Value {
  if (value.kind !== 'scalar') return value;
  return withEntries(value, new Map([['context', { at: value.at, value }]]));
}

/** Without places: what two values have to have in common to be the same. */
export function plain(value: Value): unknown {
  if (value.kind === 'scalar') return value.value;
  if (value.kind === 'list') return value.items.map(plain);
  return Object.fromEntries(
    [...value.entries].sort(by(([key]) => key)).map(([key, { value: one }]) => [key, plain(one)]),
  );
}

/** An empty mapping to merge into. */
export const nothing = (at: Mapping['at'], folder: string): Mapping => ({
  kind: 'mapping',
  at,
  folder,
  entries: new Map(),
});
