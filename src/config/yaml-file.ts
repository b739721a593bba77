// Reads .belt.yaml. Loaded only when there is one: the parser costs more than the rest of settings.
import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
  type YAMLMap,
} from 'yaml';
import { UsageError } from '../errors.ts';
import { nearest } from '../patterns/index.ts';
import { CLUSTER_KEYS } from './cluster/keys.ts';
import { KEYS, type Key, type Section } from './keys.ts';
import type { Place } from './kinds.ts';
import type { Settings } from './types.ts';
import { type Given, readValue, split } from './value.ts';

interface YamlSource {
  text: string;
  /** The file as it is named in messages. */
  shown: string;
  place: Place;
}

interface YamlSettings {
  values: Partial<Settings>;
  warnings: string[];
}

/** What a reader of one file carries along. */
interface Reading extends YamlSource {
  document: Document;
  /** `.belt.yaml:5:12` for a node, or for an offset. */
  where(node: unknown): string;
  warnings: string[];
}

const SECTIONS = [...new Set(KEYS.map(({ section }) => section))];

/**
 * The settings in a .belt.yaml's text, and a warning for each key that belt does not know.
 * Throws a UsageError with file, line and column for bad YAML and for a value of the wrong kind.
 */
export function readYaml(source: YamlSource): YamlSettings {
  const lineCounter = new LineCounter();
  const document = parseDocument(source.text, { lineCounter, prettyErrors: false });
  const position = (offset: number) => {
    const { line, col } = lineCounter.linePos(offset);
    return `${source.shown}:${line}:${col}`;
  };
  const where = (node: unknown) => position((node as Node | undefined)?.range?.[0] ?? 0);
  const [error] = document.errors;
  if (error) throw new UsageError(`${position(error.pos[0])}: ${reasonOf(error)}`);
  const warnings = document.warnings.map((warning) => `${position(warning.pos[0])}: ${reasonOf(warning)}`);
  const reading: Reading = { ...source, document, where, warnings };
  const values = Object.fromEntries(readTop(reading).map(([key, value]) => [key.setting, value]));
  return { values, warnings };
}

/** The parser's reason in one line. What it quotes of the file may be a token: that is left out. */
function reasonOf({ message }: { message: string }): string {
  return message
    .split('\n')[0]!
    .replace(/: ".*$/, '')
    .replace(/[\w-]{24,}/g, '…');
}

function readTop(reading: Reading): [Key, unknown][] {
  const { contents } = reading.document;
  if (isNothing(contents)) return [];
  if (!isMap(contents)) {
    throw new UsageError(`${reading.where(contents)}: the file must be a mapping with the key "digitalocean"`);
  }
  return contents.items.flatMap(({ key, value }) => {
    const section = SECTIONS.find((one) => one === textOf(key));
    if (section) return readSection(reading, section, resolved(reading, value));
    reading.warnings.push(unknownKey(reading, key, { known: SECTIONS }));
    return [];
  });
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
  return map.items.flatMap((pair): [Key, unknown][] => {
    const key = keys.find(({ name }) => name === textOf(pair.key));
    if (!key) {
      if (section === 'cluster' && CLUSTER_KEYS.some((name) => name === textOf(pair.key))) return [];
      reading.warnings.push(unknownKey(reading, pair.key, { known: knownIn(section), section }));
      return [];
    }
    const value = resolved(reading, pair.value);
    if (isNothing(value)) return [];
    const called = section === 'digitalocean' ? key.name : `${section} ${key.name}`;
    const list = key.kind.many && isSeq(value);
    const all = list
      ? value.items.map((item) => given(reading, resolved(reading, item), called))
      : split(key, given(reading, value, called));
    return [[key, readValue(key, all, reading.place)]];
  });
}

const knownIn = (section: Section): string[] => [
  ...KEYS.filter((key) => key.section === section).map(({ name }) => name),
  ...(section === 'cluster' ? CLUSTER_KEYS : []),
];

function given(reading: Reading, node: unknown, name: string): Given {
  const at = `${reading.where(node)}: ${name}`;
  if (isSeq(node)) return { type: 'other', text: 'a list', at };
  if (isMap(node)) return { type: 'other', text: 'a mapping', at };
  if (!isScalar(node) || node.value === null) return { type: 'other', text: 'nothing', at };
  // A number's text, not its value: YAML 1.1 would read the fingerprint 12:34:… as a number to base 60.
  if (typeof node.value === 'number') return { type: 'number', text: node.source ?? String(node.value), at };
  if (typeof node.value === 'boolean') return { type: 'boolean', text: String(node.value), at };
  return { type: 'text', text: String(node.value), at };
}

function unknownKey(reading: Reading, node: unknown, where: { known: readonly string[]; section?: Section }): string {
  const name = textOf(node) ?? '?';
  const elsewhere = KEYS.find((key) => key.name === name && key.section !== where.section);
  const [near] = nearest(name, where.known, { most: 1 });
  const guess = near === undefined ? '' : ` (did you mean "${near}"?)`;
  const help = elsewhere ? ` (it belongs under "${elsewhere.section}")` : guess;
  return `${reading.where(node)}: unknown key ${JSON.stringify(name)} is ignored${help}`;
}

function textOf(node: unknown): string | undefined {
  return isScalar(node) ? String(node.value) : undefined;
}

function resolved({ document, where }: Reading, node: unknown): unknown {
  if (!isAlias(node)) return node;
  const target = node.resolve(document);
  if (target === undefined) throw new UsageError(`${where(node)}: the alias has no anchor before it`);
  return target;
}

/** A key with nothing behind it, or with an empty text, is as good as no key. */
function isNothing(node: unknown): boolean {
  return node === null || (isScalar(node) && (node.value === null || node.value === ''));
}
