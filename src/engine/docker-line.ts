// Parses what the user typed after `docker`, as docker's own client does. Pure.
// Options are read as pflag does: https://pkg.go.dev/github.com/spf13/pflag#section-readme (command line flag syntax).
import { type CommandShape, commandAt, globalShape } from './docker-commands.ts';

export interface DockerOption {
  /** The long name where it is known. */
  name: string;
  /** Empty for a switch without `=`. */
  value: string;
}

export interface DockerLine {
  /** Options before the command. */
  globals: readonly DockerOption[];
  /** As `container ls`, also for `ps`; undefined where docker itself has no such command (a plugin's, or a wrong word). */
  command: string | undefined;
  /** All words from the command on. */
  words: readonly string[];
  options: readonly DockerOption[];
  /** Everything but the command, options and their values. */
  args: readonly string[];
  /** An option is not known here: what it means for the words after it is a guess. */
  hasUnknownOptions: boolean;
  /** It only prints help or a version. */
  isHelp: boolean;
}

/** Parses docker's arguments. Never fails. */
export function readDockerLine(words: readonly string[]): DockerLine {
  const before = parse(words, globalShape());
  const found = commandAt(before.args);
  const command = found && parse(before.args.slice(found.length), found.shape);
  const options = command?.options ?? [];
  const isHelp =
    before.args.length === 0 ||
    before.args[0] === 'help' ||
    [...before.options, ...options].some(({ name }) => name === 'help') ||
    before.options.some(({ name }) => name === 'version');
  return {
    globals: before.options,
    command: found?.shape.name,
    words: before.args,
    options,
    args: command?.args ?? before.args,
    hasUnknownOptions: before.hasUnknownOptions || command?.hasUnknownOptions === true,
    isHelp,
  };
}

/** The values of an option, in order. */
export const valuesOf = ({ options }: Pick<DockerLine, 'options'>, ...names: string[]): string[] =>
  options.filter(({ name }) => names.includes(name)).map(({ value }) => value);

/** Whether a switch is on: the last one counts, and `--name=false` is off. */
export function isOn({ options }: Pick<DockerLine, 'options'>, name: string): boolean {
  const value = options.findLast((option) => option.name === name)?.value;
  return value !== undefined && (value === '' || /^(1|t|true)$/i.test(value));
}

/** Whether these options point docker at an engine other than the node's. */
export const isElsewhere = ({ globals }: DockerLine): boolean =>
  globals.some(({ name }) => name === 'host' || name === 'context');

export interface Parsed {
  options: DockerOption[];
  args: string[];
  hasUnknownOptions: boolean;
}

/** Options and other words, as pflag reads them. */
export function parse(words: readonly string[], shape: CommandShape): Parsed {
  const parsed: Parsed = { options: [], args: [], hasUnknownOptions: false };
  const left = [...words];
  const add = (name: string, value: string | undefined) => {
    const kind = shape.options.get(name);
    if (kind === undefined) parsed.hasUnknownOptions = true;
    parsed.options.push({ name, value: value ?? (kind === 'switch' ? '' : (left.shift() ?? '')) });
    return kind;
  };
  for (let word = left.shift(); word !== undefined; word = left.shift()) {
    if (word === '--') parsed.args.push(...left.splice(0));
    else if (word.startsWith('--')) {
      const at = word.indexOf('=');
      add(word.slice(2, at < 0 ? undefined : at), at < 0 ? undefined : word.slice(at + 1));
    } else if (/^-./s.test(word)) addLetters(word.slice(1), shape, add);
    else parsed.args.push(word, ...(shape.stopsAtWord ? left.splice(0) : []));
  }
  return parsed;
}

/** `-dp 80:80`, `-p80:80`, `-p=80:80`: switches may stand before one with a value. */
function addLetters(
  text: string,
  { letters, options }: CommandShape,
  add: (name: string, value: string | undefined) => 'switch' | 'value' | undefined,
): void {
  for (let left = text; left !== ''; ) {
    const [letter = ''] = left;
    const rest = left.slice(letter.length);
    const name = letters.get(letter) ?? letter;
    if (/^=./s.test(rest)) return void add(name, rest.slice(1));
    if (options.get(name) !== 'switch') return void add(name, rest === '' ? undefined : rest);
    add(name, '');
    left = rest;
  }
}
