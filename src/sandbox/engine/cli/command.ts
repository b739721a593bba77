// How a docker command is declared, and how its arguments are parsed.
import { parseArgs } from 'node:util';
import type { EngineHttp } from '../api/http.ts';
import { EngineError } from '../errors.ts';
import { Failure, notPlayed } from '../failure.ts';
import type { Engine } from '../model/engine.ts';

export interface CliProcess {
  readonly stdin: NodeJS.ReadableStream;
  /** Undefined without a pty. */
  readonly terminal: { rows: number; cols: number } | undefined;
  /** Whether the terminal shows what is typed. */
  echoes: boolean;
  /** Resolves when the other side has accepted it. */
  out(data: string | Buffer): Promise<void>;
}

export interface Surroundings {
  engine: Engine;
  process: CliProcess;
  http: EngineHttp;
}

export interface Call extends Surroundings {
  /** The command as refusals name it: `docker node ls`. */
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

/** How many arguments a command takes. */
type Count = readonly [least: number, most: number];
export const NONE: Count = [0, 0];
export const ONE: Count = [1, 1];
export const SOME: Count = [1, Number.POSITIVE_INFINITY];

/** `f,format= q,quiet`: a letter where there is one, and `=` where a value follows. */
export type Command = readonly [count: Count, options: string, run: Run];

/** By the words after `docker`. */
export type Commands = Readonly<Record<string, Command>>;

type Given = Pick<Call, 'args' | 'is' | 'text' | 'number' | 'all'>;

function known(options: string) {
  const named = options.split(' ').map((option) => /^(?:(\w),)?([\w-]*)(=)?$/.exec(option)!);
  return new Map(
    named.map(([, short, long = '', value]) => [
      long,
      { type: value ? ('string' as const) : ('boolean' as const), ...(short && { short }) },
    ]),
  );
}

/** Splits a command's words into options and arguments. Refusals name no value: it may be secret. */
export function read(name: string, [count, options]: Command, words: readonly string[]): Given {
  const types = known(options);
  const { tokens } = parseArgs({ args: [...words], options: Object.fromEntries(types), strict: false, tokens: true });
  const given: [option: string, value: string][] = [];
  const args: string[] = [];
  for (const token of tokens) {
    if (token.kind === 'positional' && name === 'docker exec') {
      // What follows the container is its command's own.
      args.push(...words.slice(token.index));
      break;
    }
    if (token.kind === 'positional') args.push(token.value);
    if (token.kind !== 'option') continue;
    const takesValue = types.get(token.name)?.type === 'string';
    if (!types.has(token.name)) throw notPlayed(`${name} ${token.rawName}`);
    if (takesValue && token.value === undefined) throw notPlayed(`${name} --${token.name} without a value`);
    const value = token.value ?? 'true';
    if (!takesValue && !/^(true|false)$/.test(value)) throw notPlayed(`${name} --${token.name} with a value`);
    given.push([token.name, value]);
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

/** Applies the same to each argument and prints what was done, or the argument; a failure does not stop the others. */
export async function each(
  { args, process }: Call,
  work: ((arg: string) => string) | ((arg: string) => void),
): Promise<string> {
  const faults: string[] = [];
  for (const arg of args) {
    try {
      await process.out(`${work(arg) ?? arg}\n`);
    } catch (error) {
      if (!(error instanceof EngineError)) throw error;
      faults.push(`Error response from daemon: ${error.message}`);
    }
  }
  if (faults.length > 0) throw new Failure(faults.join('\n'));
  return '';
}
