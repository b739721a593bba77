// The end of a copy: what is said of each node, and the exit code.
import type { Context } from '../context.ts';
import { EXIT } from '../errors.ts';
import type { Node } from '../model/node.ts';
import { size } from './progress.ts';
import type { NodeEnd } from './session.ts';

/** Says how a node ended: what went wrong behind its name, or one JSON object. */
export function teller({ out }: Pick<Context, 'out'>, nodes: readonly Node[]): (end: NodeEnd) => void {
  const longest = Math.max(...nodes.map(({ name }) => out.safeLine(name).length));
  return (end) => {
    if (out.json) return out.record(asRecord(end));
    const line = (text: string) => out.nodeLine(`${out.safeLine(end.name).padEnd(longest)} | ${text}`);
    if (end.error === undefined && end.continued > 0) line(`continued at ${size(end.continued)}`);
    if (end.error === undefined && end.isBySize) line('it has no sha256sum: compared by size');
    for (const problem of end.problems) line(`not copied: ${problem}`);
    if (end.error === undefined) return;
    line(`error: ${end.error}`);
    if (end.hint !== undefined) line(`hint: ${end.hint}`);
  };
}

function asRecord({
  name,
  exitCode,
  files,
  bytes,
  continued,
  unchanged,
  isBySize,
  problems,
  error,
  hint,
}: NodeEnd): object {
  return {
    node: name,
    exitCode,
    files,
    bytes,
    ...(continued > 0 && { continued }),
    ...(unchanged > 0 && { unchanged }),
    verified: isBySize ? 'size' : 'sha256',
    ...(problems.length > 0 && { notCopied: problems }),
    ...(error !== undefined && { error }),
    ...(hint !== undefined && { hint }),
  };
}

/** Of one node its own; of several 3 where some are done, else the highest. */
export function exitCodeOf(ends: readonly NodeEnd[]): number {
  const highest = Math.max(...ends.map(({ exitCode }) => exitCode));
  return highest > 0 && ends.some(({ exitCode }) => exitCode === 0) ? EXIT.someNodesFailed : highest;
}
