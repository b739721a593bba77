// Prints errors for users and programs.
import {
  BeltError,
  exitCodeOf,
  messageOf,
  type NodeFailure,
  NodesFailed,
  SeveralProblems,
  UsageError,
} from '../errors.ts';
import { colours } from './colours.ts';
import { Declined } from './declined.ts';
import type { Secrets } from './mask.ts';
import type { OutStream } from './out.ts';
import { visible, visibleJson, visibleLines } from './visible.ts';
import { columnsOf, wrap } from './wrap.ts';

export interface Explaining {
  stderr: OutStream;
  env: Readonly<Record<string, string | undefined>>;
  /** How the user wants to be answered. */
  wishes: { json?: boolean | undefined; debug?: boolean | undefined; color?: boolean | undefined };
  secrets: Secrets;
}

/** Prints the error, with secrets hidden and foreign text escaped; returns the exit code. With `--json` it is one line of JSON. */
export async function explain(error: unknown, { stderr, env, wishes, secrets }: Explaining): Promise<number> {
  if (wishes.json) {
    const hidden = (_key: string, value: unknown) => (typeof value === 'string' ? secrets.hide(value) : value);
    stderr.write(`${visibleJson(JSON.stringify({ error: documentOf(error) }, hidden))}\n`);
    return exitCodeOf(error);
  }
  const { red, dim, bold } = await colours({
    terminal: stderr.isTTY === true,
    env,
    refused: wishes.color === false,
  });
  const say = (text: string) => stderr.write(`${text}\n`);
  const one = (text: string) => visible(secrets.hide(text));
  const several = (text: string) => visibleLines(secrets.hide(text));
  const columns = columnsOf(stderr);
  const message = (text: string) => wrap(several(text), columns, 'error: '.length);
  const hint = (text: string) => say(`${dim('hint:')} ${wrap(several(text), columns, 'hint: '.length)}`);
  const debug = wishes.debug === true && error instanceof Error;
  if (!(error instanceof BeltError)) {
    say(`${red('error:')} ${message(`internal error: ${wordsOf(error)}`)}`);
    if (debug) say(dim(several(error.stack ?? '')));
    else hint('run it again with --debug to see where, and please report it');
    return exitCodeOf(error);
  }
  if (error instanceof Declined) {
    say(error.message);
    return exitCodeOf(error);
  }
  const problems = error instanceof SeveralProblems ? error.problems : [error];
  for (const [n, told] of problems.entries()) {
    const text = message(told.message);
    say(`${red('error:')} ${told instanceof UsageError ? bold(text) : text}`);
    for (const line of told.lines) say(wrap(one(line), columns));
    // One hint for all in a row that have the same.
    if (told.hint !== undefined && problems[n + 1]?.hint !== told.hint) hint(told.hint);
  }
  if (debug) say(dim(several([error.stack, causeOf(error)].join('\n'))));
  return exitCodeOf(error);
}

/** The error as programs read it. */
function documentOf(error: unknown): object {
  if (!(error instanceof BeltError)) {
    return { kind: 'Defect', message: wordsOf(error), exitCode: exitCodeOf(error) };
  }
  const { name, message, hint, lines, exitCode } = error;
  const more =
    error instanceof NodesFailed
      ? { nodes: error.failures.map(nodeOf) }
      : error instanceof SeveralProblems
        ? { problems: error.problems.map(problemOf) }
        : lines.length > 0 && { lines };
  return { kind: name, message, ...(hint !== undefined && { hint }), ...more, exitCode };
}

const problemOf = ({ message, hint, lines }: BeltError): object => ({
  message,
  ...(hint !== undefined && { hint }),
  ...(lines.length > 0 && { lines }),
});

function nodeOf({ name, error }: NodeFailure): object {
  const hint = error instanceof BeltError ? error.hint : undefined;
  return { name, message: messageOf(error), ...(hint !== undefined && { hint }) };
}

/** Describes whatever was thrown; never empty. */
function wordsOf(error: unknown): string {
  if (error instanceof AggregateError && error.message === '') return error.errors.map(wordsOf).join('; ');
  if (error instanceof Error) return error.message || error.name;
  try {
    return String(error);
  } catch {
    return 'something that cannot be printed was thrown';
  }
}

const causeOf = ({ cause }: Error): string => (cause instanceof Error ? (cause.stack ?? '') : '');
