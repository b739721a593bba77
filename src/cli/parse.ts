// Reads a command's arguments and options, and says what is wrong with them in belt's own errors.
import { type Command as Commander, CommanderError } from 'commander';
import { COMMANDS, GROUPS } from '../commands/index.ts';
import type { GlobalOptions } from '../context.ts';
import { UsageError } from '../errors.ts';
import type { Command } from './command.ts';
import { isCommand } from './find.ts';
import { globalOptions } from './globals.ts';
import { addCommand, addGroup, belt } from './parser.ts';

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
  let at = program;
  let parsed: Parsed | undefined;
  for (const [n, name] of names.entries()) {
    const path = names.slice(0, n + 1);
    if (!isCommand(path)) {
      at = addGroup(at, name, GROUPS[path.join(' ')]!);
      continue;
    }
    const command = (await COMMANDS[path.join(' ')]!()).default;
    at = addCommand(at, name, command).action((...args: unknown[]) => {
      parsed = { command, given: givenOf(at, args, command, words), options: at.opts(), globals: globalsOf(at) };
    });
  }
  if (!isCommand(names)) at.action(() => refuseGroup(names));
  try {
    await program.parseAsync([...words], { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode !== 0) throw wrongUsage(error, names);
  }
  return parsed;
}

/** @throws UsageError for a group without a command: `belt swarm` */
function refuseGroup(names: readonly string[]): void {
  if (names.length === 0) return;
  throw new UsageError(`belt ${names.join(' ')} needs a command after it`, { hint: see(names) });
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

/** commander's error as one of belt's. */
function wrongUsage(error: CommanderError, names: readonly string[]): UsageError {
  if (error.code === 'commander.missingArgument') {
    const [argument] = /(?<=')[^']+(?=')/.exec(error.message) ?? [];
    return new UsageError(`${['belt', ...names].join(' ')} needs a ${argument}`, { hint: see(names) });
  }
  const [message = '', suggestion] = error.message.replace(/^error: /, '').split('\n');
  const hint = suggestion?.replace(/^\(|\)$/g, '') ?? see(names);
  return new UsageError(message, { hint: hint.replace(/^Did/, 'did') });
}

const see = (names: readonly string[]): string => `see: ${['belt help', ...names].join(' ')}`;
