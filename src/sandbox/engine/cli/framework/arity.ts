// How many arguments a command takes, and what docker says of other numbers.

import { type Arity, type Command, Failure } from './command.ts';
import { usageLine } from './help.ts';

export function checkArity(command: Command, path: string, count: number): void {
  const { least, most } = command.arity;
  if (count >= least && count <= most) return;
  const { what, verb } = complaint(command.arity);
  const lines = [
    `docker: 'docker ${path}' ${what}`,
    usageLine(command, path),
    `${verb} 'docker ${path} --help' for more information`,
  ];
  throw new Failure(lines.join('\n\n'));
}

/** The verbs are docker's own, "SRun" too. */
function complaint({ least, most }: Arity): { what: string; verb: string } {
  const arguments_ = (number: number) => `${number} argument${number === 1 ? '' : 's'}`;
  if (most === 0) return { what: 'accepts no arguments', verb: 'Run' };
  if (most === Number.POSITIVE_INFINITY) return { what: `requires at least ${arguments_(least)}`, verb: 'See' };
  if (least < most) return { what: `requires at most ${arguments_(most)}`, verb: 'SRun' };
  return { what: `requires ${arguments_(least)}`, verb: 'Run' };
}
