// How a docker command is declared, and how its arguments are parsed.
import type { EngineHttp } from '../api/http.ts';
import { EngineError } from '../errors.ts';
import type { Engine } from '../model/engine.ts';
import { NOT_PLAYED, NOT_PLAYED_CODE } from '../not-played.ts';

/** The streams of the process that runs docker. A signal ends it from outside. */
export interface CliProcess {
  readonly stdin: NodeJS.ReadableStream;
  /** Undefined without a pty. */
  readonly terminal: { rows: number; cols: number } | undefined;
  /** Whether the terminal shows what is typed. */
  echoes: boolean;
  /** Resolves when the other side has accepted it. */
  out(data: string | Buffer): Promise<void>;
  err(data: string | Buffer): Promise<void>;
}

export interface Surroundings {
  engine: Engine;
  process: CliProcess;
  http: EngineHttp;
}

/** One run of a command. */
export interface Call extends Surroundings {
  /** The command's own words, for refusals. */
  name: string;
  args: string[];
  /** Whether a switch was given. */
  is(option: string): boolean;
  /** The last value of an option. */
  text(option: string): string | undefined;
  number(option: string): number | undefined;
  /** Every value of an option. */
  all(option: string): string[];
}

/** Returns what it prints. */
export type Run = (call: Call) => Promise<string> | string;

export interface Command {
  /** The words after `docker`. */
  name: string;
  /** `f,format= q,quiet`: a letter where there is one, and `=` where a value follows. */
  options: string;
  /** How many arguments it takes. */
  args: readonly [least: number, most: number];
  run: Run;
}

/** A command that fails with a text and an exit code. */
export class Failure extends Error {
  override readonly name = 'Failure';
  readonly exitCode: number;

  constructor(message: string, exitCode = 1) {
    super(message);
    this.exitCode = exitCode;
  }
}

/** Refuses what only real hosts can do. `what` holds no value: it may be secret. */
export const notPlayed = (what: string): Failure => new Failure(`docker ${what}: ${NOT_PLAYED}`, NOT_PLAYED_CODE);

type Given = Pick<Call, 'args' | 'is' | 'text' | 'number' | 'all'>;

/** Splits a command's words into options and arguments. */
export function read({ name, options, args: count }: Command, words: readonly string[]): Given {
  const known = options.split(' ').map((option) => /^(?:(\w),)?([\w-]+)(=)?$/.exec(option) ?? []);
  const given: [option: string, value: string][] = [];
  const args: string[] = [];
  const rest = [...words];
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    const [isOption, long, letter, attached = ''] = /^(?:--([\w-]+)(?==|$)|-([^-]))(.*)$/s.exec(word) ?? [];
    if (isOption === undefined) {
      // What follows the container is its command's own.
      args.push(word, ...(name === 'exec' ? rest.splice(0) : []));
      continue;
    }
    const [, , option, takesValue] =
      known.find(([, short, full]) => full === long || (letter && short === letter)) ?? [];
    if (option === undefined) throw notPlayed(`${name} ${long ? `--${long}` : `-${letter}`}`);
    if (takesValue === undefined && letter !== undefined && attached !== '') rest.unshift(`-${attached}`);
    const isBare = attached === '' || (takesValue === undefined && letter !== undefined);
    const value = isBare ? (takesValue === undefined ? 'true' : rest.shift()) : attached.replace(/^=/, '');
    if (value === undefined) throw notPlayed(`${name} --${option} without a value`);
    if (takesValue === undefined && !/^(true|false)$/.test(value)) throw notPlayed(`${name} --${option} with a value`);
    given.push([option, value]);
  }
  if (args.length < count[0] || args.length > count[1]) {
    throw notPlayed(`${name} with ${args.length} argument${args.length === 1 ? '' : 's'}`);
  }
  return { args, ...valuesOf(name, given) };
}

function valuesOf(name: string, given: [option: string, value: string][]): Omit<Given, 'args'> {
  const all = (option: string) => given.filter(([known]) => known === option).map(([, value]) => value);
  const text = (option: string) => all(option).at(-1);
  const number = (option: string) => {
    const value = text(option);
    if (value !== undefined && !/^\d+$/.test(value)) throw notPlayed(`${name} --${option} with that value`);
    return value === undefined ? undefined : Number(value);
  };
  return { all, text, number, is: (option) => text(option) === 'true' };
}

/** Applies the same to each argument and prints what was done; a failure does not stop the others. */
export async function each({ args, process }: Call, work: (arg: string) => string): Promise<string> {
  const faults: string[] = [];
  for (const arg of args) {
    try {
      await process.out(`${work(arg)}\n`);
    } catch (error) {
      if (!(error instanceof EngineError)) throw error;
      faults.push(`Error response from daemon: ${error.message}`);
    }
  }
  if (faults.length > 0) throw new Failure(faults.join('\n'));
  return '';
}
