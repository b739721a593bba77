// Reads .belt.yaml. Loaded only when there is one: the parser costs more than the rest of settings.
import { isMap, isScalar, isSeq, type Pair, type YAMLMap } from 'yaml';
import { UsageError } from '../errors.ts';
import { nearest } from '../patterns/index.ts';
import { Problems } from '../problems.ts';
import { CLUSTER_KEYS } from './cluster/keys.ts';
import { KEYS, type Key, type Section } from './keys.ts';
import type { Place } from './kinds.ts';
import type { Settings } from './types.ts';
import { type Given, readValue, split } from './value.ts';
import { isOwnKey, parseYaml, textOf, type YamlFile } from './yaml-document.ts';

interface YamlSource {
  text: string;
  /** The file as it is named in messages. */
  shown: string;
  place: Place;
}

interface YamlSettings {
  values: Partial<Settings>;
  warnings: string[];
  /** Where each value is: `.belt.yaml:5:12`. */
  at: Partial<Record<keyof Settings, string>>;
}

/** What a reader of one file carries along. */
interface Reading extends YamlFile {
  place: Place;
  at: YamlSettings['at'];
  problems: Problems;
}

const SECTIONS = [...new Set(KEYS.map(({ section }) => section))];

/**
 * The settings in a .belt.yaml's text. Keys that begin with `x-` are the user's own.
 * Throws a UsageError with file, line and column for bad YAML; for unknown keys and values of the wrong kind one that names all of them.
 */
export function readYaml({ text, shown, place }: YamlSource): YamlSettings {
  const reading: Reading = { ...parseYaml({ text, shown }), place, at: {}, problems: new Problems() };
  const values = Object.fromEntries(readTop(reading).map(([key, value]) => [key.setting, value]));
  reading.problems.throwAny();
  return { values, warnings: reading.warnings, at: reading.at };
}

function readTop(reading: Reading): [Key, unknown][] {
  const { contents } = reading.document;
  if (isNothing(contents)) return [];
  if (!isMap(contents)) {
    throw new UsageError(`${reading.where(contents)}: the file must be a mapping with the key "digitalocean"`);
  }
  return reading.pairs(contents).flatMap(({ key, value }) => {
    const name = textOf(reading.resolved(key));
    const section = SECTIONS.find((one) => one === name);
    const read = reading.problems.checkNow(() => {
      if (section) return readSection(reading, section, reading.resolved(value));
      if (!isOwnKey(name)) warnOfSection(reading, key);
      return [];
    });
    return read ?? [];
  });
}

/** A section that looks like one of belt's is an error; others may belong to another program. */
function warnOfSection(reading: Reading, key: unknown): void {
  const unknown = unknownKey(reading, key, { known: SECTIONS });
  if (unknown.help !== '') throw unknown.error;
  reading.warnings.push(`${unknown.error.message} is ignored`);
}

function readSection(reading: Reading, section: Section, map: unknown): [Key, unknown][] {
  if (isNothing(map)) return [];
  if (!isMap(map)) {
    const { type, text } = given(reading, map, section);
    const instead = type === 'text' ? JSON.stringify(text) : text;
    throw new UsageError(`${reading.where(map)}: ${section} must be a mapping of keys, not ${instead}`);
  }
  return readPairs(reading, section, map);
}

function readPairs(reading: Reading, section: Section, map: YAMLMap): [Key, unknown][] {
  const keys = KEYS.filter((one) => one.section === section);
  const read = (pair: Pair): [Key, unknown][] => {
    const name = textOf(reading.resolved(pair.key));
    const key = keys.find((one) => one.name === name);
    if (!key) {
      const known = knownIn(section);
      if (isOwnKey(name) || (name !== undefined && known.includes(name))) return [];
      throw unknownKey(reading, pair.key, { known, section }).error;
    }
    const value = reading.resolved(pair.value);
    if (isNothing(value)) return [];
    const called = section === 'digitalocean' ? key.name : `${section} ${key.name}`;
    const list = key.kind.many && isSeq(value);
    const all = list
      ? value.items.map((item) => given(reading, reading.resolved(item), called))
      : split(key, given(reading, value, called));
    reading.at[key.setting] = reading.where(value);
    return [[key, readValue(key, all, reading.place)]];
  };
  return reading.pairs(map).flatMap((pair) => reading.problems.checkNow(() => read(pair)) ?? []);
}

const knownIn = (section: Section): string[] => [
  ...KEYS.filter((key) => key.section === section).map(({ name }) => name),
  ...(section === 'cluster' ? CLUSTER_KEYS : []),
];

function given({ where }: Reading, node: unknown, name: string): Given {
  const at = `${where(node)}: ${name}`;
  if (isSeq(node)) return { type: 'other', text: 'a list', at };
  if (isMap(node)) return { type: 'other', text: 'a mapping', at };
  if (!isScalar(node) || node.value === null) return { type: 'other', text: 'nothing', at };
  // A number's text, not its value: YAML 1.1 would read the fingerprint 12:34:… as a base-60 number.
  if (typeof node.value === 'number') return { type: 'number', text: node.source ?? String(node.value), at };
  if (typeof node.value === 'boolean') return { type: 'boolean', text: String(node.value), at };
  return { type: 'text', text: String(node.value), at };
}

function unknownKey(
  reading: Reading,
  node: unknown,
  where: { known: readonly string[]; section?: Section },
): { error: UsageError; help: string } {
  const name = textOf(reading.resolved(node)) ?? '?';
  const elsewhere = KEYS.find((key) => key.name === name && key.section !== where.section);
  const [near] = nearest(name, where.known, { most: 1 });
  const guess = near === undefined ? '' : ` (did you mean "${near}"?)`;
  const help = elsewhere ? ` (it belongs under "${elsewhere.section}")` : guess;
  return { error: new UsageError(`${reading.where(node)}: unknown key ${JSON.stringify(name)}${help}`), help };
}

/** A key with no value or an empty text counts as missing. */
function isNothing(node: unknown): boolean {
  return node === null || (isScalar(node) && (node.value === null || node.value === ''));
}
