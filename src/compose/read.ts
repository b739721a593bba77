// Values of the kinds that keys of Compose files have. What is of another kind goes to the report, and is left out.
import { keyed } from './merge.ts';
import type { Report } from './report.ts';
import { shellWords } from './shell-words.ts';
import { child, isNull, type Mapping, type Scalar, type Value } from './tree.ts';
import { parseBytes, parseCpus, parseDuration } from './units.ts';

interface Range {
  least: number;
  most: number;
  /** How a message says it, where the numbers do not. */
  said?: string;
}

/** Reads the keys of one mapping. */
export class Reader {
  readonly report: Report;
  readonly value: Value | undefined;
  readonly #path: string;

  /** `path` is what messages call the mapping; '' for a service itself. */
  constructor(value: Value | undefined, report: Report, path = '') {
    this.report = report;
    this.#path = path;
    this.value = isNull(value) ? undefined : value;
    if (this.value !== undefined && this.value.kind !== 'mapping') this.#wrong(this.value, path, 'a mapping');
  }

  /** Undefined where there is none, or nothing in it. */
  get(key: string): Value | undefined {
    const found = child(this.value, key);
    return isNull(found) || found?.tag === 'reset' ? undefined : found;
  }

  /** Whether the key is there with a value. */
  has = (key: string): boolean => this.get(key) !== undefined;

  inner = (key: string): Reader => new Reader(this.get(key), this.report, this.name(key));

  /** What messages call a key, or the mapping itself. */
  name = (key?: string): string => [this.#path, key].filter((part) => part).join('.');

  text(key: string): string | undefined {
    return this.#scalar(key)?.text;
  }

  integer(key: string, { least = 0, most = MOST }: Partial<Range> = {}): number | undefined {
    const value = this.#parsed(key, 'a whole number', (text) => (/^[-+]?\d+$/.test(text) ? Number(text) : undefined));
    return this.#within(key, value, { least, most });
  }

  number(key: string, range: Range): number | undefined {
    const value = this.#parsed(key, 'a number', (text) =>
      text.trim() !== '' && !Number.isNaN(Number(text)) ? Number(text) : undefined,
    );
    return this.#within(key, value, range);
  }

  /** As Docker casts a variable's text. */
  boolean(key: string): boolean | undefined {
    return this.#parsed(key, 'true or false', (text) => {
      if (/^(?:1|t|true|y|yes|on)$/i.test(text)) return true;
      return /^(?:0|f|false|n|no|off)$/i.test(text) ? false : undefined;
    });
  }

  /** ns */
  duration(key: string): number | undefined {
    const value = this.#parsed(key, 'a duration such as 10s or 1m30s', parseDuration);
    return this.#within(key, value, { least: 0, most: MOST_NS, said: 'from 0s to 100 years' });
  }

  bytes(key: string): number | undefined {
    const value = this.#parsed(key, 'a size such as 512m', parseBytes);
    return this.#within(key, value, { least: 0, most: Number.MAX_SAFE_INTEGER, said: 'less than 8192t' });
  }

  nanoCpus(key: string): number | undefined {
    const value = this.#parsed(key, 'a number of CPUs such as 0.5', parseCpus);
    return this.#within(key, value, { least: 0, most: 1e6 * 1e9, said: 'from 0 to 1000000' });
  }

  oneOf<const C extends string>(key: string, choices: readonly C[]): C | undefined {
    return this.#parsed(key, `one of ${choices.join(', ')}`, (text) => choices.find((choice) => choice === text));
  }

  /** The items of a list; a value that is none is the only item. */
  items(key: string): readonly Value[] {
    const found = this.get(key);
    if (found === undefined) return [];
    if (found.kind === 'mapping') {
      this.#wrong(found, this.name(key), 'a list');
      return [];
    }
    return found.kind === 'list' ? found.items : [found];
  }

  texts(key: string): string[] {
    return this.scalars(key).map(({ text }) => text);
  }

  scalars(key: string): Scalar[] {
    return this.items(key).flatMap((item) => {
      if (item.kind === 'scalar') return [item];
      this.#wrong(item, this.name(key), 'a list of texts');
      return [];
    });
  }

  /** A command: a list of words, or a text that a shell would part. */
  words(key: string): string[] | undefined {
    const found = this.get(key);
    if (found?.kind !== 'scalar') return found && this.texts(key);
    const words = shellWords(found.text);
    if (!words) this.report.error(found, `${this.name(key)}: a quote has no end`);
    return words;
  }

  /** A mapping, or a list of NAME=VALUE. */
  pairs(key: string): [string, Scalar][] {
    const found = this.get(key);
    if (found === undefined) return [];
    const map = keyed(found);
    if (map.kind !== 'mapping') {
      this.#wrong(found, this.name(key), 'a mapping, or a list of NAME=VALUE');
      return [];
    }
    return [...map.entries].flatMap(([name, { value }]): [string, Scalar][] => {
      if (value.tag === 'reset') return [];
      if (value.kind === 'scalar') return [[name, value]];
      this.#wrong(value, `${this.name(key)}.${name}`, 'a text or a number');
      return [];
    });
  }

  labels(key: string): Record<string, string> {
    return Object.fromEntries(
      this.pairs(key).map(([name, value]) => [name, this.said(value, `${this.name(key)}.${name}`)]),
    );
  }

  /** A scalar's text; told where it is not what stands in the file. */
  said(value: Scalar, name: string): string {
    if (typeof value.value === 'number' && value.written !== undefined) {
      this.report.warn(value, `${name}: ${value.written} is the number ${value.text}`, {
        hint: `for the text write "${value.written}"`,
      });
    }
    return value.text;
  }

  /** The entries of a mapping that is not of fixed keys. */
  entries(key: string): [string, Value, Mapping['at']][] {
    const found = this.get(key);
    if (found === undefined) return [];
    if (found.kind !== 'mapping') {
      this.#wrong(found, this.name(key), 'a mapping');
      return [];
    }
    return [...found.entries]
      .filter(([, { value }]) => value.tag !== 'reset')
      .map(([name, { value, at }]) => [name, value, at]);
  }

  /** All entries of this mapping. */
  all(): [string, Value][] {
    return this.value?.kind === 'mapping' ? [...this.value.entries].map(([name, { value }]) => [name, value]) : [];
  }

  #scalar(key: string): Scalar | undefined {
    const found = this.get(key);
    if (found === undefined || found.kind === 'scalar') return found;
    this.#wrong(found, this.name(key), 'a text');
    return undefined;
  }

  #parsed<T>(key: string, kind: string, parse: (text: string) => T | undefined): T | undefined {
    const found = this.#scalar(key);
    if (found === undefined) return undefined;
    const value = parse(found.text);
    if (value === undefined) this.#wrong(found, this.name(key), kind);
    return value;
  }

  #within(key: string, value: number | undefined, { least, most, said }: Range): number | undefined {
    if (value === undefined || (value >= least && value <= most)) return value;
    this.report.error(this.get(key)!, `${this.name(key)} must be ${said ?? `from ${least} to ${most}`}`);
    return undefined;
  }

  /** A text is quoted where it is short: a longer one may be something secret in the wrong place. */
  #wrong(value: Value, name: string, kind: string): void {
    const isShort = value.kind === 'scalar' && value.text.length <= SHORT;
    const what = isShort ? JSON.stringify(value.text) : value.kind === 'scalar' ? 'a text' : `a ${value.kind}`;
    this.report.error(value, `${name === '' ? 'a service' : name} must be ${kind}, not ${what}`);
  }
}

const SHORT = 12;
/** What all of the numbers can be that the Engine API has no other limit for. */
const MOST = 2 ** 31 - 1;
const MOST_NS = 100 * 365 * 24 * 3600 * 1e9;
