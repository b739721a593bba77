// One Compose file: its text → values with their places, variables replaced.
import { isAlias, isMap, isScalar, isSeq, type Pair } from 'yaml';
import { isOwnKey, parseYaml, textOf, type YamlFile } from '../config/yaml-document.ts';
import type { At } from './desired.ts';
import { resolvePlain } from './scalar.ts';
import type { Entry, Mapping, Scalar, Value } from './tree.ts';
import type { Variables } from './variables.ts';

export interface SourceOptions {
  text: string;
  /** The file as it is named in messages. */
  shown: string;
  /** From which relative paths count. */
  folder: string;
  /** Undefined: dollar signs are text. */
  variables: Variables | undefined;
}

/** A public file of 57 services has aliases for about 10,000 values. */
const MOST_ALIASED = 200_000;

/** @throws UsageError for text that is not YAML, or that explodes through its aliases */
export function readSource(options: SourceOptions): Value {
  const { text, shown } = options;
  const file = parseYaml({ text, shown, mostAliased: MOST_ALIASED });
  return new SourceReader(file, options).value(file.document.contents);
}

/** What an alias stands for is read once. Keys of the user's own (`x-…`) are read only through aliases. */
class SourceReader {
  readonly #file: YamlFile;
  readonly #options: SourceOptions;
  readonly #read = new Map<unknown, Value>();

  constructor(file: YamlFile, options: SourceOptions) {
    this.#file = file;
    this.#options = options;
  }

  value(given: unknown): Value {
    const node = isAlias(given) ? this.#file.resolved(given) : given;
    const before = this.#read.get(node);
    if (before !== undefined) return before;
    const value = this.#make(node);
    if (node !== null && node !== undefined) this.#read.set(node, value);
    return value;
  }

  #make(node: unknown): Value {
    const located = { at: this.#at(node), folder: this.#options.folder, ...tagOf(node) };
    if (isSeq(node)) return { kind: 'list', ...located, items: node.items.map((item) => this.value(item)) };
    if (isMap(node)) return { kind: 'mapping', ...located, entries: this.#entries(this.#file.pairs(node)) };
    return { kind: 'scalar', ...located, ...this.#scalar(node, located.at) };
  }

  #entries(pairs: readonly Pair[]): Mapping['entries'] {
    const entries = new Map<string, Entry>();
    for (const { key, value } of pairs) {
      const node = this.#file.resolved(key);
      const name = textOf(node);
      if (name === undefined || isOwnKey(name)) continue;
      const at = this.#at(node);
      const read = this.value(value);
      // A key without a value has no node of its own, and so no place.
      entries.set(name, { at, value: value === null ? { ...read, at } : read });
    }
    return entries;
  }

  #scalar(node: unknown, at: At): Pick<Scalar, 'value' | 'text' | 'written'> {
    if (!isScalar(node)) return { value: null, text: '' };
    const source = node.source ?? '';
    if (node.type === 'PLAIN' && (node.tag === undefined || !node.tag.endsWith(':str'))) {
      const { value, text } = resolvePlain(source);
      if (typeof value !== 'string') return { value, text, ...(text !== source && { written: source }) };
    }
    const written = typeof node.value === 'string' ? node.value : source;
    const text = this.#options.variables?.replace(written, at) ?? written;
    return { value: text, text };
  }

  #at(node: unknown): At {
    return { file: this.#options.shown, ...this.#file.position(node) };
  }
}

function tagOf(node: unknown): { tag?: 'reset' | 'override' } {
  const tag = (node as { tag?: string } | null)?.tag;
  if (tag === '!reset') return { tag: 'reset' };
  return tag === '!override' ? { tag: 'override' } : {};
}
