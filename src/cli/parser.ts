// commander's idea of the commands that a line of words may mean: it reads the options, and renders the help of one command.
import {
  Command as Commander,
  Option as CommanderOption,
  InvalidArgumentError,
  type OutputConfiguration,
} from 'commander';
import { type Command, type Group, type Option, splitArguments } from './command.ts';
import { GLOBALS } from './globals.ts';

/** How wide help is, on every terminal and in a pipe. */
export const COLUMNS = 80;

/** `belt`, with no commands yet. `output` is where commander writes; its errors are thrown and explained like all others. */
export function belt(output: OutputConfiguration): Commander {
  const program = new Commander('belt')
    // Set before any command is added: they take it over from here.
    .configureOutput({ ...output, writeErr: () => {}, getOutHelpWidth: () => COLUMNS })
    .version(BELT_VERSION, '-V, --version')
    .usage('[options] <command>')
    .enablePositionalOptions()
    .exitOverride()
    .showSuggestionAfterError()
    .helpCommand(false)
    .configureHelp({ showGlobalOptions: false, subcommandTerm: (command) => `${command.name()} ${command.usage()}` });
  for (const { flags, summary } of GLOBALS) program.addOption(new CommanderOption(flags, summary));
  return program;
}

/** Adds a command that only holds others. */
export function addGroup(parent: Commander, name: string, { summary, examples }: Group): Commander {
  const group = withGlobals(parent.command(name).description(summary).usage('<command>').helpCommand(false));
  return group.exitOverride().addHelpText('after', `\n${exampleText(examples)}`);
}

export function addCommand(parent: Commander, name: string, command: Command): Commander {
  const { read: taken, rest } = splitArguments(command);
  const added = parent.command(`${name} ${taken}`.trim()).exitOverride();
  if (rest !== undefined) added.usage(`[options] ${command.arguments}`);
  added.summary(command.summary).description(command.description ?? command.summary);
  if (command.usage !== undefined) added.usage(command.usage);
  if (command.passThrough) {
    added.passThroughOptions().allowUnknownOption();
    if (command.passThrough === 'all') added.helpOption(false);
  } else {
    for (const [key, option] of Object.entries(command.options ?? {})) added.addOption(optionOf(key, option));
    withGlobals(added).addHelpText('after', '\nOptions of every command (--config, --json, -q …): see belt help');
  }
  return added.addHelpText('after', `\n${exampleText(command.examples)}`);
}

/** `belt help` alone shows them. */
function withGlobals(command: Commander): Commander {
  for (const { flags, summary, first } of GLOBALS) {
    if (!first) command.addOption(new CommanderOption(flags, summary).hideHelp());
  }
  return command;
}

/** As it is typed: `dryRun` is `--dry-run`. */
export const longName = (key: string, { negative }: Pick<Option<unknown>, 'negative'>): string =>
  `--${negative ? 'no-' : ''}${key.replace(/[A-Z]/g, (capital) => `-${capital.toLowerCase()}`)}`;

function optionOf(key: string, option: Option<unknown>): CommanderOption {
  const letter = option.letter === undefined ? '' : `-${option.letter}, `;
  const value = option.value === undefined ? '' : ` ${option.value}`;
  const made = new CommanderOption(`${letter}${longName(key, option)}${value}`, option.summary);
  const { parse, choices } = option;
  if (choices) made.choices(choices);
  if (parse) made.argParser((text) => read(parse, text));
  if (option.repeatable) made.argParser((text, earlier: string[] = []) => [...earlier, text]);
  if (option.default !== undefined && !option.negative) made.default(option.default);
  return made;
}

function read(parse: (text: string) => unknown, text: string): unknown {
  try {
    return parse(text);
  } catch (error) {
    throw new InvalidArgumentError((error as Error).message);
  }
}

/** Examples, each with what it does. What does not fit beside an example stands above it. */
export function exampleText(lines: readonly (readonly [string, string])[]): string {
  const short = lines.filter(([words, what]) => fits(words, what));
  const longest = Math.max(...short.map(([words]) => words.length));
  const text = lines.map(([words, what]) => {
    if (what === '') return `  ${words}`;
    const padded = words.padEnd(longest);
    return fits(padded, what) ? `  ${padded}  # ${what}` : `  # ${what}\n  ${words}`;
  });
  return `Examples:\n${text.join('\n')}`;
}

const fits = (words: string, what: string): boolean => `  ${words}  # ${what}`.length <= COLUMNS;
