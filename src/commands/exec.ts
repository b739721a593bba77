import pLimit from 'p-limit';
import { command, countIfGiven, flag, list, positiveIfGiven, text, type Values } from '../cli/command.ts';
import type { Context } from '../context.ts';
import { messageOf, UsageError } from '../errors.ts';
import { type NodeEnd, runOnMany } from '../fleet/on-many.ts';
import { jsonRecords, prefixedLines } from '../fleet/show-many.ts';
import type { Node } from '../model/node.ts';
import { compact } from '../patterns/index.ts';
import { Groups } from './exec/groups.ts';
import { LastRun } from './exec/last-run.ts';
import { killAll, remoteCommand } from './exec/remote-command.ts';

/** Nodes at a time. */
const AT_ONCE = 64;

const options = {
  shell: text('<script>', 'a line for the node’s sh, instead of a command: pipes, variables, globs'),
  sudo: flag('as root, by sudo without a password'),
  env: list(
    '<KEY=value>',
    'a variable for the command, repeatable; its value stands briefly in the node’s list of processes',
  ),
  input: flag('what is piped in goes to every node', 'i'),
  group: flag('equal output once, under the nodes that gave it; other output as a diff to it'),
  concurrency: countIfGiven('<n>', `nodes at a time (default: ${AT_ONCE}; with -i all)`),
  failFast: flag('once a node has failed, start on no other'),
  retryFailed: flag('only on the nodes where the same command failed the last time'),
  timeout: positiveIfGiven('<seconds>', 'end it on a node where it takes longer'),
};

export default command({
  arguments: '<pattern> -- [command...]',
  summary: 'run a command on nodes, side by side',
  options,
  examples: [
    ["belt exec 'node[1:4]' -- uptime", 'each line behind its node’s name'],
    ["belt exec @all --shell 'df -h / | tail -1' --group", 'equal output once'],
    ["belt exec 'web-*' --sudo -- systemctl restart nginx", ''],
    ['cat motd | belt exec @all -i -- tee /etc/motd', 'what is piped in goes to each'],
    ['belt exec @all --retry-failed -- apt-get update', 'where it failed the last time'],
  ],
  run: (context, { pattern, command }, options) => exec(context, pattern, command, options),
});

type ExecOptions = Values<typeof options>;

/** Gives the highest exit code of the nodes. */
async function exec(context: Context, pattern: string, argv: readonly string[], options: ExecOptions): Promise<number> {
  const line = remoteCommand(argv, options);
  if (options.input) refuseTurns(options);
  const { out } = context;
  const last = new LastRun(await context.state(), (await context.settings()).cluster, { argv, ...options });
  const named = await (await context.fleet()).locate([pattern]);
  const nodes = options.retryFailed ? failedOf(named, last) : named;
  const groups = options.group && !out.json ? new Groups(context, nodes) : undefined;
  const ends = await runOnMany(
    context,
    nodes,
    { command: line, told: 'exec', kill: killAll(options) },
    {
      limit: pLimit({
        concurrency: options.input ? Math.max(nodes.length, 1) : (options.concurrency ?? AT_ONCE),
        rejectOnClear: true,
      }),
      stdin: options.input ? context.stdin : undefined,
      show: groups ?? (out.json ? jsonRecords(context) : prefixedLines(context, nodes)),
      timeoutMs: options.timeout === undefined ? undefined : options.timeout * 1000,
      failFast: options.failFast,
    },
  );
  await groups?.print();
  remember(context, last, ends);
  if (!out.json && ends.length > 1) out.note(summary(ends));
  return Math.max(...ends.map(({ exitCode }) => exitCode));
}

/**
 * What is piped in goes to all nodes at the pace of the slowest: one that waited for its turn would hold up the others.
 * @throws UsageError for options by which some would wait
 */
function refuseTurns({ concurrency, failFast }: ExecOptions): void {
  const given = concurrency !== undefined ? '--concurrency' : failFast ? '--fail-fast' : undefined;
  if (given === undefined) return;
  throw new UsageError(`${given} and -i exclude each other: what is piped in goes to all nodes at the same time`, {
    hint: 'to have them take turns, copy it there first: belt scp FILE PATTERN:/tmp/',
  });
}

/** Where it ran is what counts: a state that cannot be written costs --retry-failed alone. */
function remember({ out }: Context, last: LastRun, ends: readonly NodeEnd[]): void {
  try {
    last.remember(ends);
  } catch (error) {
    out.warn(`--retry-failed will not know where this failed: ${messageOf(error)}`);
  }
}

/** @throws UsageError when there is nothing to repeat */
function failedOf(nodes: readonly Node[], last: LastRun): Node[] {
  const hint = 'leave --retry-failed out to run it on all of them';
  const { failed } = last;
  if (failed === undefined)
    throw new UsageError('--retry-failed: your last belt exec in this cluster ran a different command', { hint });
  const again = nodes.filter(({ name }) => failed.includes(name));
  if (again.length > 0) return again;
  const names = compact(nodes.map(({ name }) => name));
  throw new UsageError(`--retry-failed: it failed on none of ${names} the last time`, { hint });
}

/** `12 ok, 1 failed: node7` */
function summary(ends: readonly NodeEnd[]): string {
  const names = (wanted: (end: NodeEnd) => boolean) => ends.filter(wanted).map(({ name }) => name);
  const interrupted = names(({ isInterrupted }) => isInterrupted === true);
  const failed = names(({ exitCode, isSkipped, isInterrupted }) => exitCode !== 0 && !isSkipped && !isInterrupted);
  const skipped = names(({ isSkipped }) => isSkipped === true);
  return [
    `${ends.length - failed.length - interrupted.length - skipped.length} ok`,
    ...(failed.length > 0 ? [`${failed.length} failed: ${compact(failed)}`] : []),
    ...(interrupted.length > 0 ? [`${interrupted.length} interrupted: ${compact(interrupted)}`] : []),
    ...(skipped.length > 0 ? [`${skipped.length} not run: ${compact(skipped)}`] : []),
  ].join(', ');
}
