// How a docker command is declared.

import type { EngineHttp } from '../../api/http.ts';
import type { Engine } from '../../model/engine.ts';
import type { CliProcess } from './process.ts';
import type { Told } from './told.ts';

export interface Option {
  long: string;
  short?: string;
  /** As docker's help names it; `bool` where it names none. */
  type: string;
}

export interface Values {
  /** Whether a `bool` was given. */
  is(name: string): boolean;
  /** The last value that was given. */
  text(name: string): string | undefined;
  number(name: string): number | undefined;
  /** All values, of an option that can be given several times. */
  all(name: string): string[];
  has(name: string): boolean;
}

/** How many arguments a command takes. */
export interface Arity {
  least: number;
  most: number;
}

export const none: Arity = { least: 0, most: 0 };
export const exactly = (count: number): Arity => ({ least: count, most: count });
export const atLeast = (count: number): Arity => ({ least: count, most: Number.POSITIVE_INFINITY });
export const atMost = (count: number): Arity => ({ least: 0, most: count });

export interface Invocation {
  engine: Engine;
  process: CliProcess;
  http: EngineHttp;
  values: Values;
  args: string[];
}

export interface Command extends Told {
  /** Other names in the same group, which docker tells as this one's: `node list`. */
  aliases?: string[];
  /** The same command elsewhere: its name there, then the aliases of that. `container ls` of `ps`. */
  also?: string[];
  arity: Arity;
  /** Options that docker has and this sandbox has not. They are refused by name. */
  refuses?: readonly string[];
  /** Options end at the first argument (`service create IMAGE ls -l`). */
  optionsFirst?: boolean;
  /** Runs even while the engine is down. */
  withoutEngine?: boolean;
  run(invocation: Invocation): Promise<number> | number;
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

/** What the sandbox does not do, said as such. */
export const notSimulated = (name: string): Failure =>
  new Failure(`docker: '${name}' is not simulated by this sandbox`, 125);
