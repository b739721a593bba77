// How a docker command is declared.

import type { EngineHttp } from '../../api/http.ts';
import type { Engine } from '../../model/engine.ts';
import type { CliProcess } from './process.ts';

export type OptionKind = 'bool' | 'string' | 'list' | 'uint';

export interface Option {
  long: string;
  short?: string;
  kind: OptionKind;
  help: string;
}

export interface Values {
  /** Whether a `bool` was given. */
  is(name: string): boolean;
  /** The last value of a `string` or `uint`. */
  text(name: string): string | undefined;
  number(name: string): number | undefined;
  /** All values of a `list`. */
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

export interface Command {
  /** The words after `docker`. */
  path: string;
  aliases?: string[];
  /** What follows the path in the usage line. */
  usage: string;
  summary: string;
  options: Option[];
  arity: Arity;
  /** Options end at the first argument (`service create IMAGE ls -l`). */
  optionsFirst?: boolean;
  /** Runs even while the engine is down. */
  withoutEngine?: boolean;
  run(invocation: Invocation): Promise<number> | number;
}

export const flag = (long: string, help: string, short?: string): Option => ({ long, help, kind: 'bool', short });
export const text = (long: string, help: string, short?: string): Option => ({ long, help, kind: 'string', short });
export const list = (long: string, help: string, short?: string): Option => ({ long, help, kind: 'list', short });
export const uint = (long: string, help: string, short?: string): Option => ({ long, help, kind: 'uint', short });

/** A command that fails with a text and an exit code. */
export class Failure extends Error {
  override readonly name = 'Failure';
  readonly exitCode: number;

  constructor(message: string, exitCode = 1) {
    super(message);
    this.exitCode = exitCode;
  }
}
