// Reads options and arguments as docker's own parser does.

import { type Command, Failure, notSimulated, type Option, type Values } from './command.ts';
import { faultOf } from './kinds.ts';

/** A wrong option: docker exits with 125. */
export class FlagFault extends Failure {
  constructor(message: string) {
    super(message, 125);
  }
}

export interface Parsed {
  values: Values;
  args: string[];
  help: boolean;
  /** Help was asked for by a word that docker wants nobody to use any more. */
  shorthand: boolean;
}

/** Splits a command's words into option values and arguments. */
export function parseFlags(
  command: Pick<Command, 'path' | 'options' | 'optionsFirst' | 'refuses'>,
  words: readonly string[],
): Parsed {
  const given = new Map<string, string[]>();
  const args: string[] = [];
  const rest = [...words];
  let [help, shorthand] = [false, false];
  const put = (option: Option, value: string) => {
    const why = faultOf(option.type, value);
    if (why !== undefined) throw badArgument(option, value, why);
    if (command.refuses?.includes(option.long)) throw notSimulated(`${command.path} --${option.long}`);
    given.set(option.long, [...(given.get(option.long) ?? []), value]);
  };
  while (rest.length > 0) {
    const word = rest.shift()!;
    if (word === '--') {
      args.push(...rest.splice(0));
    } else if (word === '--help' || word === '-h') {
      help = true;
      shorthand ||= word === '-h';
    } else if (word.startsWith('--')) {
      takeLong(command.options, word, rest, put);
    } else if (word.startsWith('-') && word !== '-') {
      takeShort(command.options, word, rest, put);
    } else {
      args.push(word);
      if (command.optionsFirst === true) args.push(...rest.splice(0));
    }
  }
  return { values: valuesOf(given), args, help, shorthand };
}

type Put = (option: Option, value: string) => void;

function takeLong(options: Option[], word: string, rest: string[], put: Put): void {
  const [name = '', value] = word.slice(2).split(/=(.*)/s);
  const option = options.find(({ long }) => long === name);
  if (option === undefined) throw new FlagFault(`unknown flag: --${name}`);
  if (value !== undefined) put(option, value);
  else if (option.type === 'bool') put(option, 'true');
  else if (rest.length === 0) throw new FlagFault(`flag needs an argument: --${name}`);
  else put(option, rest.shift()!);
}

/** `-p 80:80`, `-p80:80`, `-p=80:80`, and several at once: `-qa`. */
function takeShort(options: Option[], word: string, rest: string[], put: Put): void {
  for (let at = 1; at < word.length; at++) {
    const letter = word[at]!;
    const option = options.find(({ short }) => short === letter);
    if (option === undefined) throw new FlagFault(`unknown shorthand flag: '${letter}' in -${word.slice(at)}`);
    const isGiven = word[at + 1] === '=';
    if (option.type === 'bool' && !isGiven) {
      put(option, 'true');
      continue;
    }
    const attached = word.slice(at + 1).replace(/^=/, '');
    if (attached === '' && rest.length === 0)
      throw new FlagFault(`flag needs an argument: '${letter}' in -${word.slice(at)}`);
    put(option, attached === '' ? rest.shift()! : attached);
    return;
  }
}

/** What docker says when an option's value cannot be read. */
export function badArgument(option: Pick<Option, 'long' | 'short'>, value: string, why: string): FlagFault {
  const name = option.short === undefined ? `--${option.long}` : `-${option.short}, --${option.long}`;
  return new FlagFault(`invalid argument "${value}" for "${name}" flag: ${why}`);
}

function valuesOf(given: Map<string, string[]>): Values {
  const last = (name: string) => given.get(name)?.at(-1);
  return {
    is: (name) => /^(1|t|T|true|TRUE|True)$/.test(last(name) ?? ''),
    text: last,
    number: (name) => (given.has(name) ? Number(last(name)) : undefined),
    all: (name) => given.get(name) ?? [],
    has: (name) => given.has(name),
  };
}
