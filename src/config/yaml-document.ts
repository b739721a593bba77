// YAML as both readers of .belt.yaml understand it: duplicate keys are errors, merge keys and aliases are followed, and what would
// explode through its aliases is rejected. Each error has its file, line and column.
import {
  type Alias,
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type Pair,
  parseDocument,
  type YAMLMap,
} from 'yaml';
import { UsageError } from '../errors.ts';
import { yamlReason } from './yaml-words.ts';

export interface YamlText {
  text: string;
  /** The file as it is named in messages. */
  shown: string;
  /** How many nodes all aliases together may expand to (20,000). */
  mostAliased?: number;
}

export interface YamlFile {
  document: Document;
  warnings: string[];
  /** `.belt.yaml:5:12` for a node. */
  where(node: unknown): string;
  /** The same as numbers, from 1. */
  position(node: unknown): { line: number; column: number };
  /** What an alias stands for; any other node itself. */
  resolved(node: unknown): unknown;
  /** The pairs of a mapping, including those from merge keys. */
  pairs(map: YAMLMap): Pair[];
  /** All of it as plain values. */
  plain(): unknown;
}

const MOST_ALIASED = 20_000;
/** Keys of the user's own, to hang anchors on. */
const OWN_KEY = /^x-/;

/** @throws UsageError for text that is not YAML, keys given twice, aliases that expand to too much or to themselves */
export function parseYaml({ text, shown, mostAliased = MOST_ALIASED }: YamlText): YamlFile {
  const lines = new LineCounter();
  // The parser's own check compares every pair of keys.
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: false, merge: true });
  const position = (offset: number) => {
    const { line, col } = lines.linePos(offset);
    return `${shown}:${line}:${col}`;
  };
  const start = (node: unknown) => (node as Node | null | undefined)?.range?.[0] ?? 0;
  const where = (node: unknown) => position(start(node));
  const [error] = document.errors;
  if (error) {
    const pattern = unquotedPattern(text, error.pos[0]);
    if (pattern) throw new UsageError(`${position(pattern.at)}: ${pattern.text} needs quotes`, { hint: pattern.hint });
    throw new UsageError(`${position(error.pos[0])}: ${yamlReason(error.message)}`);
  }
  const targets = checkedTargets(document.contents, where, mostAliased);
  const resolved = (node: unknown) => (isAlias(node) ? targets.get(node) : node);
  const merged: Merged = new Map();
  return {
    document,
    warnings: document.warnings.map((warning) => `${position(warning.pos[0])}: ${yamlReason(warning.message)}`),
    where,
    position: (node) => {
      const { line, col: column } = lines.linePos(start(node));
      return { line, column };
    },
    resolved,
    pairs: (map) => [...mergedPairs(map, resolved, merged).values()],
    plain: () => document.toJS({ maxAliasCount: -1 }),
  };
}

/** Whether belt ignores a key, as Compose does. */
export const isOwnKey = (name: string | undefined): boolean => name !== undefined && OWN_KEY.test(name);

/** A scalar's text; undefined for a mapping, a list, or the merge key. */
export const textOf = (node: unknown): string | undefined =>
  isScalar(node) && typeof node.value !== 'symbol' ? String(node.value) : undefined;

/** A pattern with brackets, as the words of commands have it: `node[1:3]`, `{web,db}[1:2]`, several with commas between them. */
const PATTERN = /(?<![\w"'.\-\]}])(?:[!\w.-]|\{[\w,.-]+\})+(?:\[[\w:,.-]+\][\w.-]*)+/g;

/** The pattern in which, or right behind which, the parser stumbled: for YAML its brackets are a list of their own. */
function unquotedPattern(text: string, offset: number): { text: string; at: number; hint: string } | undefined {
  const start = text.lastIndexOf('\n', offset - 1) + 1;
  const end = text.indexOf('\n', offset);
  const line = text.slice(start, end < 0 ? undefined : end);
  const found = [...line.matchAll(PATTERN)].findLast(({ index }) => start + index <= offset);
  if (found === undefined || found[0].length > LONGEST_PATTERN) return undefined;
  return { text: found[0], at: start + found.index, hint: `write "${found[0]}"` };
}

const LONGEST_PATTERN = 80;

const isMerge = ({ key }: Pair): boolean => isScalar(key) && typeof key.value === 'symbol';

/** What each alias stands for. @throws UsageError */
function checkedTargets(contents: unknown, where: (node: unknown) => string, most: number): Map<Alias, unknown> {
  const walk = new AliasWalk(where, most);
  try {
    walk.sizeOf(contents);
  } catch (error) {
    if (error instanceof RangeError) throw new UsageError(`${where(contents)}: it is nested too deeply`);
    throw error;
  }
  return walk.targets;
}

/** One walk through a document finds its aliases, how much they expand to, and keys that are given twice. */
class AliasWalk {
  readonly targets = new Map<Alias, unknown>();
  readonly #where: (node: unknown) => string;
  readonly #anchors = new Map<string, unknown>();
  /** How many nodes each anchored one stands for; 0 while it is walked. */
  readonly #sizes = new Map<unknown, number>();
  #aliased = 0;
  readonly #most: number;

  constructor(where: (node: unknown) => string, most: number) {
    this.#where = where;
    this.#most = most;
  }

  /** How many nodes this one stands for. @throws UsageError */
  sizeOf(node: unknown): number {
    if (isAlias(node)) return this.#aliasSize(node);
    const anchor = (node as { anchor?: string } | null | undefined)?.anchor;
    if (anchor !== undefined) {
      this.#anchors.set(anchor, node);
      this.#sizes.set(node, 0);
    }
    let size = 1;
    if (isSeq(node)) for (const item of node.items) size += this.sizeOf(item);
    if (isMap(node)) size += this.#mapSize(node);
    if (anchor !== undefined) this.#sizes.set(node, size);
    return size;
  }

  #aliasSize(alias: Alias): number {
    const target = this.#anchors.get(alias.source);
    if (target === undefined) throw new UsageError(`${this.#where(alias)}: the alias has no anchor before it`);
    const size = this.#sizes.get(target) ?? 1;
    if (size === 0) throw new UsageError(`${this.#where(alias)}: the alias refers to a value that contains it`);
    this.#aliased += size;
    if (this.#aliased > this.#most)
      throw new UsageError(`${this.#where(alias)}: aliases expand to more than belt will read`);
    this.targets.set(alias, target);
    return size;
  }

  #mapSize(map: YAMLMap): number {
    const seen = new Set<string>();
    let size = 0;
    for (const pair of map.items) {
      size += this.sizeOf(pair.key) + this.sizeOf(pair.value);
      if (isMerge(pair)) {
        this.#checkMerge(pair);
        continue;
      }
      const name = textOf(this.#resolved(pair.key));
      if (name === undefined) continue;
      if (seen.has(name)) throw new UsageError(`${this.#where(pair.key)}: duplicate key ${JSON.stringify(name)}`);
      seen.add(name);
    }
    return size;
  }

  #checkMerge({ value }: Pair): void {
    for (const source of mergeSources(value, (node) => this.#resolved(node))) {
      if (!isMap(source)) throw new UsageError(`${this.#where(value)}: << takes a mapping, or a list of them`);
    }
  }

  #resolved(node: unknown): unknown {
    return isAlias(node) ? this.targets.get(node) : node;
  }
}

function mergeSources(value: unknown, resolved: (node: unknown) => unknown): unknown[] {
  const found = resolved(value);
  return isSeq(found) ? found.items.map(resolved) : [found];
}

/** The pairs of mappings that were asked for before: what many merge is put together once. */
type Merged = Map<YAMLMap, Map<unknown, Pair>>;

/** By the key's text. The mapping's own keys take precedence over merged ones, and earlier merges over later ones. */
function mergedPairs(map: YAMLMap, resolved: (node: unknown) => unknown, before: Merged): Map<unknown, Pair> {
  const known = before.get(map);
  if (known) return known;
  const own = map.items.filter((pair) => !isMerge(pair));
  const merged = new Map<unknown, Pair>(own.map((pair) => [textOf(resolved(pair.key)) ?? pair, pair]));
  for (const { value } of map.items.filter(isMerge)) {
    for (const source of mergeSources(value, resolved)) {
      for (const [key, pair] of mergedPairs(source as YAMLMap, resolved, before)) {
        if (!merged.has(key)) merged.set(key, pair);
      }
    }
  }
  before.set(map, merged);
  return merged;
}
