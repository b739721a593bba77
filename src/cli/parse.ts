// Reads a command's arguments and options, and says what is wrong with them in belt's own errors.
import { type Command as Commander, CommanderError } from 'commander';
import { COMMANDS, GROUPS } from '../commands/index.ts';
import type { GlobalOptions } from '../context.ts';
import { UsageError } from '../errors.ts';
import { type Command, splitArguments } from './command.ts';
import { isCommand } from './find.ts';
import { givenFirst, globalOptions } from './globals.ts';
import { addCommand, addGroup, belt } from './parser.ts';
import { see, wrongUsage } from './usage-errors.ts';

/** A command and what it was given. */
export interface Parsed {
  command: Command;
  given: Record<string, string | string[] | undefined>;
  options: Record<string, unknown>;
  globals: GlobalOptions;
}

/**
 * `names` are those that the words begin with. Undefined when what was asked for is written already: help, or the version.
 * @throws UsageError
 */
export async function parse(
  words: readonly string[],
  names: readonly string[],
  writeOut: (text: string) => void,
): Promise<Parsed | undefined> {
  const program = belt({ writeOut });
  const own = [...words];
  let at = program;
  let parsed: Parsed | undefined;
  let rest: string | undefined;
  for (const [n, name] of names.entries()) {
    const path = names.slice(0, n + 1);
    if (!isCommand(path)) {
      at = addGroup(at, name, GROUPS[path.join(' ')]!);
      continue;
    }
    const command = (await COMMANDS[path.join(' ')]!()).default;
    ({ rest } = splitArguments(command));
    const dashes = rest === undefined ? -1 : own.indexOf('--');
    const taken = dashes < 0 ? [] : own.splice(dashes).slice(1);
    at = addCommand(at, name, command).action((...args: unknown[]) => {
      const given = { ...givenOf(at, args, command, words), ...(rest !== undefined && { [rest]: taken }) };
      const globals = globalsOf(at);
      refuseFirst(globals, names, command);
      parsed = { command, given, options: at.opts(), globals };
    });
  }
  if (!isCommand(names)) at.action(() => refuseGroup(names));
  try {
    await program.parseAsync(own, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode !== 0) throw wrongUsage(error, { names, words, at, rest });
  }
  return parsed;
}

/** What would be ignored: the command does its work elsewhere than it was told. @throws UsageError */
function refuseFirst(globals: GlobalOptions, names: readonly string[], { takesFirst, arguments: all }: Command): void {
  const [option] = takesFirst ? [] : givenFirst(globals);
  if (option === undefined) return;
  const hint = all === undefined ? see(names) : `leave it out: ${['belt', ...names, all].join(' ')}`;
  throw new UsageError(`${option} is for belt docker, not for belt ${names.join(' ')}`, { hint });
}

/** @throws UsageError for a group without a command: `belt swarm` */
async function refuseGroup(names: readonly string[]): Promise<void> {
  if (names.length === 0) return;
  const { groupLines } = await import('./help.ts');
  const lines = await groupLines(names);
  throw new UsageError(`belt ${names.join(' ')} needs a command after it`, { lines, hint: see(names) });
}

function givenOf(at: Commander, args: readonly unknown[], command: Command, words: readonly string[]): Parsed['given'] {
  const given = at.registeredArguments.map((argument, n) => [argument.name(), args[n]] as const);
  if (!command.passThrough) return Object.fromEntries(given) as Parsed['given'];
  // commander takes a leading `--` away; here it is an argument.
  return Object.fromEntries(
    given.map(([name, value]) => {
      const taken = value as string[];
      return [name, words.at(-taken.length - 1) === '--' ? ['--', ...taken] : taken];
    }),
  );
}

function globalsOf(command: Commander): GlobalOptions {
  const levels: GlobalOptions[] = [];
  for (let at: Commander | null = command; at; at = at.parent) levels.unshift(at.opts());
  return globalOptions(levels);
}
