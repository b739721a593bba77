// What a command's file declares: its arguments, its options, examples, and what it does. The types of what `run` gets come
// from the declaration, so that an option that is renamed breaks the compile and not the user.
import type { Context } from '../context.ts';

/** The exit code, or nothing for 0. */
export type Exit = number | undefined;

/** An option; `T` is what `run` gets. Its name is its key: `dryRun` is `--dry-run`. */
export interface Option<T> {
  /** As in `-y`. */
  letter?: string;
  /** The name of its value in the help, as in `<slug>`; an option without one is a flag. */
  value?: string;
  summary: string;
  /** A flag that is on and is turned off: `engine` is `--no-engine`. */
  negative?: true;
  /** May be given several times. */
  repeatable?: true;
  /** May be followed by several values. */
  variadic?: true;
  choices?: readonly string[];
  /** @throws InvalidValue */
  parse?: (text: string) => unknown;
  /** When it is not given. */
  default?: T;
}

/** A value that an option does not take; the message says why. */
export class InvalidValue extends Error {}

type Options = Readonly<Record<string, Option<never>>>;
type ValueOf<O> = O extends Option<infer T> ? T : never;
type Optional<O> = { [K in keyof O]: undefined extends ValueOf<O[K]> ? K : never }[keyof O];

/** What was given for the options. */
export type Values<O> = { [K in Optional<O>]?: ValueOf<O[K]> } & {
  [K in Exclude<keyof O, Optional<O>>]: ValueOf<O[K]>;
};

/** Declarations of some of these options, for a command whose work is a room's: an option that the room does not know is an error. */
export type OptionsFor<T> = { [K in keyof T]?: Option<NonNullable<T[K]>> | Option<NonNullable<T[K]> | undefined> };

type Argument<W> = W extends `<${infer N}...>` | `[${infer N}...]`
  ? { [K in N]: string[] }
  : W extends `<${infer N}>`
    ? { [K in N]: string }
    : W extends `[${infer N}]`
      ? { [K in N]: string | undefined }
      : unknown;

/** Splits the arguments into those that belt reads and the one that is taken as it is. */
export function splitArguments({ arguments: all = '' }: Pick<Command, 'arguments'>): {
  read: string;
  rest: string | undefined;
} {
  const [read = '', rest] = all.split(/ ?-- /);
  return { read, rest: /^[<[](.*)\.\.\.[>\]]$/.exec(rest ?? '')?.[1] };
}

/** What was given for the arguments, by their names in `<node>`, `[node]` and `<pattern...>`. */
export type Arguments<W extends string> = W extends `${infer First} ${infer Rest}`
  ? Argument<First> & Arguments<Rest>
  : Argument<W>;

interface Declaration<W extends string, O> {
  /** Its arguments, as in `<manager> <pattern...>`. What follows ` -- ` is taken as it is, options and all: `<pattern> -- [command...]`. */
  arguments?: W;
  /** What its argument may be, where that is one of few: for the shell to complete. */
  choices?: readonly string[];
  /** How it is written, where the arguments do not say it. */
  usage?: string;
  /** What it does, for the list of commands. */
  summary: string;
  /** For its own help, where there is more to say. */
  description?: string;
  options?: O;
  /** A line to type and what it does; nothing to say is ''. */
  examples: readonly (readonly [string, string])[];
  /** It takes the options that stand before a command only: `--host` and `--node-files`. */
  takesFirst?: true;
  /** It uses no connection that is kept: its nodes come up, reboot, or get other keys. */
  ownConnections?: true;
  /** Everything after its name is an argument, options included; `but --help`: unless that is the first. */
  passThrough?: 'all' | 'but --help';
  run(context: Context, given: Arguments<W>, options: Values<O>): Promise<Exit> | Promise<void>;
}

/** A command, with the types of its declaration forgotten. */
export interface Command extends Omit<Declaration<string, Options>, 'run'> {
  run(
    context: Context,
    given: Record<string, string | string[] | undefined>,
    options: Record<string, unknown>,
  ): Promise<Exit> | Promise<void>;
}

/** Commands of one first word: `belt swarm init`, `belt swarm join`. */
export interface Group {
  summary: string;
  examples: readonly (readonly [string, string])[];
}

export function command<const W extends string = '', O extends Record<never, never> = Record<never, never>>(
  declaration: Declaration<W, O>,
): Command {
  return declaration as unknown as Command;
}

export const flag = (summary: string, letter?: string): Option<boolean | undefined> => ({
  summary,
  ...(letter !== undefined && { letter }),
});

/** A flag that turns off what is on. */
export const off = (summary: string): Option<boolean> => ({ summary, negative: true, default: true });

export const text = (value: string, summary: string): Option<string | undefined> => ({ value, summary });

/** Text that is never missing. */
export const textOr = (value: string, otherwise: string, summary: string): Option<string> => ({
  value,
  summary,
  default: otherwise,
});

/** An option that may be given several times. */
export const list = (value: string, summary: string): Option<string[] | undefined> => ({
  value,
  summary,
  repeatable: true,
});

/** An option that several values may follow. */
export const several = (value: string, summary: string): Option<string[] | undefined> => ({
  value,
  summary,
  variadic: true,
});

/** A number, 0 or more. */
export const number = (value: string, otherwise: number, summary: string): Option<number> => ({
  value,
  summary,
  default: otherwise,
  parse: readNumber,
});

/** A whole number that cannot be 0: how many there are of something. */
export const count = (value: string, otherwise: number, summary: string): Option<number> => ({
  value,
  summary,
  default: otherwise,
  parse: readCount,
});

/** The same where it matters whether it was given. */
export const countIfGiven = (value: string, summary: string): Option<number | undefined> => ({
  value,
  summary,
  parse: readCount,
});

/** A whole number, 0 or more. */
export const whole = (value: string, otherwise: number, summary: string): Option<number> => ({
  value,
  summary,
  default: otherwise,
  parse: readWhole,
});

/** A number that cannot be 0. */
export const positive = (value: string, otherwise: number, summary: string): Option<number> => ({
  value,
  summary,
  default: otherwise,
  parse: readPositive,
});

/** A number that cannot be 0, and that may be missing. */
export const positiveIfGiven = (value: string, summary: string): Option<number | undefined> => ({
  value,
  summary,
  parse: readPositive,
});

/** A TCP or UDP port. */
export const port = (value: string, otherwise: number, summary: string): Option<number> => ({
  value,
  summary,
  default: otherwise,
  parse: readPort,
});

export const oneOf = <const C extends string>(
  value: string,
  choices: readonly C[],
  summary: string,
): Option<C | undefined> => ({ value, summary, choices });

export const oneOfOr = <const C extends string>(
  value: string,
  choices: readonly C[],
  otherwise: NoInfer<C>,
  summary: string,
): Option<C> => ({ value, summary, choices, default: otherwise });

function readNumber(given: string): number {
  const read = Number(given);
  if (given.trim() === '' || !Number.isFinite(read) || read < 0) {
    throw new InvalidValue('It must be a number, 0 or more.');
  }
  return read;
}

function readPositive(given: string): number {
  const read = readNumber(given);
  if (read === 0) throw new InvalidValue('It must be more than 0.');
  return read;
}

function readCount(given: string): number {
  const read = readPositive(given);
  if (!Number.isSafeInteger(read)) throw new InvalidValue('It must be a whole number, 1 or more.');
  return read;
}

function readWhole(given: string): number {
  const read = readNumber(given);
  if (!Number.isSafeInteger(read)) throw new InvalidValue('It must be a whole number, 0 or more.');
  return read;
}

function readPort(given: string): number {
  const read = /^\d{1,5}$/.test(given) ? Number(given) : 0;
  if (read < 1 || read > 65_535) throw new InvalidValue('It must be a number from 1 to 65535.');
  return read;
}
