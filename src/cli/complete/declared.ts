// What there is to complete, of every command. The build writes it down, so that a Tab loads no command.
import { COMMANDS, GROUPS } from '../../commands/index.ts';
import { type Command, type Option, splitArguments } from '../command.ts';
import { longName } from '../parser.ts';

export interface DeclaredOption {
  /** As they are typed: the long one first. */
  flags: string[];
  key: string;
  about: string;
  /** As in `<slug>`; a flag has none. */
  value?: string;
  variadic?: true;
  choices?: readonly string[];
}

export interface Declared {
  about: string;
  /** As in `<manager> <pattern...>`. */
  places: string[];
  options: DeclaredOption[];
  choices?: readonly string[];
  passThrough?: 'all' | 'but --help';
}

export interface DeclaredCommands {
  /** By the words that a user types, in the order of the help. */
  commands: Record<string, Declared>;
  /** What those that are no command are for. */
  groups: Record<string, string>;
}

export async function declaredCommands(): Promise<DeclaredCommands> {
  const entries = Object.entries(COMMANDS).map(async ([words, load]) => [words, declared((await load()).default)]);
  return {
    commands: Object.fromEntries(await Promise.all(entries)),
    groups: Object.fromEntries(Object.entries(GROUPS).map(([words, { summary }]) => [words, summary])),
  };
}

function declared(command: Command): Declared {
  const { summary: about, choices, passThrough } = command;
  return {
    about,
    places: splitArguments(command).read.split(' ').filter(Boolean),
    options: Object.entries(command.options ?? {}).map(([key, option]) => declaredOption(key, option)),
    ...(choices && { choices }),
    ...(passThrough && { passThrough }),
  };
}

const declaredOption = (key: string, option: Option<unknown>): DeclaredOption => ({
  flags: [longName(key, option), ...(option.letter === undefined ? [] : [`-${option.letter}`])],
  key,
  about: option.summary,
  ...(option.value !== undefined && { value: option.value }),
  ...(option.variadic && { variadic: option.variadic }),
  ...(option.choices && { choices: option.choices }),
});
