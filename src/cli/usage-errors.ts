// What commander says of wrong words, in belt's own.
import type { Command as Commander, CommanderError } from 'commander';
import { UsageError } from '../errors.ts';
import { quoteArgv } from '../quote.ts';

interface Wrong {
  /** Of the command. */
  names: readonly string[];
  /** All that were typed. */
  words: readonly string[];
  at: Commander;
  /** What follows `--`, where the command takes that. */
  rest: string | undefined;
}

export function wrongUsage(error: CommanderError, wrong: Wrong): UsageError {
  const hint = see(wrong.names);
  const text = error.message.replace(/^error: /, '');
  switch (error.code) {
    case 'commander.missingArgument':
      return new UsageError(`${called(wrong)} needs ${one(/(?<=')[^']+(?=')/.exec(text)?.[0] ?? 'word')}`, { hint });
    case 'commander.optionMissingArgument': {
      const [flags = '', name = ''] = /(--\S+)[^']*/.exec(text) ?? [];
      return new UsageError(`${name} needs a value: ${flags}`, { hint });
    }
    case 'commander.invalidArgument':
      return new UsageError(invalidValue(text), { hint });
    case 'commander.excessArguments':
      return new UsageError(tooMany(wrong), { hint: dashesHint(wrong) ?? hint });
    default:
      return unknown(text, wrong);
  }
}

/** `a node`, `an image`; one of `stacks` is `a stack`. */
function one(name: string): string {
  const single = name.replace(/(?<!s)s$/, '');
  return `${/^[aeio]/.test(single) ? 'an' : 'a'} ${single}`;
}

export const see = (names: readonly string[]): string => `see: ${['belt help', ...names].join(' ')}`;

const called = ({ names }: Wrong): string => ['belt', ...names].join(' ');

/** An option, for the most part; commander may know which was meant. */
function unknown(text: string, wrong: Wrong): UsageError {
  const [message = '', suggestion] = text.split('\n');
  const meant = suggestion?.replace(/^\(|\)$/g, '').replace(/^Did/, 'did');
  return new UsageError(message, { hint: dashesHint(wrong) ?? meant ?? longFor(message, wrong) ?? see(wrong.names) });
}

/** The long options for a letter that is none: `-a`, or `-n3` with its value. */
function longFor(message: string, { at, names }: Wrong): string | undefined {
  const letter = /^unknown option '-([A-Za-z])\d*'$/.exec(message)?.[1]?.toLowerCase();
  if (letter === undefined) return undefined;
  const [own, everywhere] = [false, true].map((hidden) =>
    at.options
      .filter((option) => option.hidden === hidden && !option.negate)
      .filter(({ long }) => long?.startsWith(`--${letter}`))
      // What it does: elsewhere the same letter may mean something else (`rm -f`).
      .map(({ long, description }) => `${long} (${description})`),
  );
  const near = own?.length ? own : (everywhere ?? []);
  return near.length > 0 ? `did you mean ${near.join(', ')}? ${see(names)}` : undefined;
}

/** `--timeout must be more than 0, not "0"` */
function invalidValue(text: string): string {
  const found = /^option '(?:-\w, )?(--[\w-]+)[^']*' argument '([\s\S]*)' is invalid\. ([\s\S]*)$/.exec(text);
  if (!found) return text;
  const [, name = '', given = '', why = ''] = found;
  const must = why
    .replace(/^Allowed choices are /, 'must be one of ')
    .replace(/^It /, '')
    .replace(/\.$/, '');
  return `${name} ${must}, not ${JSON.stringify(given)}`;
}

/** `belt active takes 1 argument, not 2` */
function tooMany(wrong: Wrong): string {
  const { length: most } = wrong.at.registeredArguments;
  const few = most === 0 ? 'no arguments' : most === 1 ? '1 argument' : `${most} arguments`;
  const before = wrong.rest === undefined ? '' : ' before --';
  return `${called(wrong)} takes ${few}${before}, not ${wrong.at.args.length}`;
}

/** The line as it was meant, where a command for elsewhere stands without its `--`. */
function dashesHint({ at, names, words, rest }: Wrong): string | undefined {
  if (rest === undefined || words.includes('--')) return undefined;
  const { length: own } = at.registeredArguments;
  const first = at.args.slice(0, own);
  const command = at.args.slice(own);
  if (command.length === 0 || first.some((word) => word.startsWith('-'))) return undefined;
  // Not all of it: what a command is given may be a secret.
  const shown = [quoteArgv(command.slice(0, 2)), ...(command.length > 2 ? ['…'] : [])];
  return `put -- before the ${rest}: ${['belt', ...names, quoteArgv(first), '--', ...shown].join(' ')}`;
}
