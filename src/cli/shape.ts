// What the pages of words are written with.
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { Context, GlobalOptions } from '../context.ts';

/** What a command's file gives: the exit code, or nothing for 0. */
export type Action = Promise<number | undefined> | Promise<void>;

/** Runs a command's file with the context of its options. */
export type Start = (command: Command, act: (context: Context) => Action) => Promise<void>;

/** A command with its description and the options that all take. `words` are its name and arguments, as commander's. */
export const add = (parent: Command, words: string, description: string): Command =>
  withGlobals(parent.command(words).description(description).exitOverride()).addHelpText(
    'after',
    '\nOptions of every command (--config, --json, -q, --trace …): see belt help',
  );

/** A command that only holds others. */
export const group = (parent: Command, name: string, description: string): Command =>
  parent.command(name).description(description).helpCommand(false).exitOverride();

const GLOBALS = [
  ['--config <file>', 'instead of the .belt.yaml that is found'],
  ['--json', 'results and errors as JSON'],
  ['-q, --quiet', 'no notes; names only in lists'],
  ['--trace', 'print each API request and SSH command, with its duration'],
  ['--debug', 'print where an error comes from'],
  ['--no-color', 'no colour'],
] as const;

/** Options that every command takes, before it or after it; `belt help` alone shows them. */
export function withGlobals(command: Command): Command {
  for (const [flags, what] of GLOBALS) {
    const option = new Option(flags, what).helpGroup('Global options:');
    command.addOption(command.name() === 'belt' ? option : option.hideHelp());
  }
  return command;
}

/** The options of a command and of those above it, as one. */
export function globalOptions(command: Command): GlobalOptions {
  const chain: GlobalOptions[] = [];
  for (let at: Command | null = command; at; at = at.parent) chain.unshift(at.opts());
  const merged: GlobalOptions = Object.assign({}, ...chain);
  return { ...merged, color: chain.every(({ color }) => color !== false) };
}

/** Adds examples, each with what it does, to a command's help. What does not fit beside an example stands above it. */
export function examples(command: Command, lines: readonly (readonly [string, string])[]): Command {
  const short = lines.filter(([words, what]) => fits(words, what));
  const longest = Math.max(...short.map(([words]) => words.length));
  const text = lines.map(([words, what]) => {
    if (what === '') return `  ${words}`;
    const padded = words.padEnd(longest);
    return fits(padded, what) ? `  ${padded}  # ${what}` : `  # ${what}\n  ${words}`;
  });
  return command.addHelpText('after', `\nExamples:\n${text.join('\n')}`);
}

const fits = (words: string, what: string): boolean => `  ${words}  # ${what}`.length <= 80;

/** A repeatable option's values. */
export const collect = (value: string, earlier: string[] = []): string[] => [...earlier, value];

/** An option's number. @throws InvalidArgumentError */
export function number(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value) || value < 0)
    throw new InvalidArgumentError('It must be a number, 0 or more.');
  return value;
}

/** An option's number that cannot be 0. @throws InvalidArgumentError */
export function positive(text: string): number {
  const value = number(text);
  if (value === 0) throw new InvalidArgumentError('It must be more than 0.');
  return value;
}
