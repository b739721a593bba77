import { command, flag, InvalidValue, list, type Option, text, type Values } from '../cli/command.ts';
import type { Context } from '../context.ts';
import { EXIT, Interrupted, UsageError } from '../errors.ts';
import { throwFailures } from '../fleet/failures.ts';
import type { LogRequest } from '../tasks/logs/container-log.ts';
import { readLogs } from '../tasks/logs/read.ts';
import { readTime } from './logs/read-time.ts';
import { shownLogs } from './logs/show.ts';

const tail: Option<number | undefined> = {
  value: '<n>',
  summary: 'only the last n lines of each container',
  parse: (given) => {
    if (given === 'all') return undefined;
    if (!/^\d{1,9}$/.test(given)) throw new InvalidValue('It must be a whole number, 0 or more, or all.');
    return Number(given);
  },
};

const options = {
  follow: flag('go on with what is written, by containers that start from now on too', 'f'),
  since: text('<time>', 'from then on: 10m, 1h30m (ago), 2026-11-30T06:00:00Z'),
  until: text('<time>', 'up to then'),
  tail,
  grep: text('<regexp>', 'only lines that match this regular expression'),
  node: list('<pattern>', 'only on these nodes; repeatable'),
  timestamps: flag('each line’s time before it', 't'),
};

export default command({
  arguments: '<name...>',
  summary: 'show the logs of a stack, service, task or container, from all nodes together',
  description:
    'Reads the logs of containers from the engines of their nodes, in the order of their times, each line behind the name of ' +
    'its task (service.slot) or container (node/name). No manager is needed, and no quorum. A node that does not answer is ' +
    'named and holds up no other: exit code 3; with -f it is read on when it is back.',
  options,
  examples: [
    ['belt logs shop', 'all services of the stack shop'],
    ['belt logs -f shop_web --tail 20', 'one service, as it goes on, also after its tasks moved'],
    ['belt logs shop_web.2 node3/redis --since 10m', 'a task, and a container of no service'],
    ["belt logs shop --grep 'HTTP/1.1\" 5..'", 'only lines that match'],
    ['belt logs -f shop --json', 'for programs: an object a line'],
  ],
  run: (context, { name }, options) => logs(context, name, options),
});

/** `belt logs` — what containers wrote, wherever they run. */
async function logs(context: Context, words: readonly string[], given: Values<typeof options>): Promise<number> {
  const request = requestOf(context, given);
  const nodes = await (await context.fleet()).select(given.node ?? ['@all']);
  const show = shownLogs(context, given);
  const failures = await readLogs(context, nodes, words, { request, show }).catch((error) => {
    // To follow logs ends so, and no other way.
    if (request.follow && error instanceof Interrupted) return undefined;
    throw error;
  });
  if (!failures) return EXIT.interrupted;
  throwFailures(failures, nodes.length);
  return 0;
}

/** @throws UsageError */
function requestOf({ clock }: Context, { follow, since, until, tail, grep }: Values<typeof options>): LogRequest {
  if (follow && until !== undefined) {
    throw new UsageError('--follow and --until exclude each other', { hint: 'leave one of them out' });
  }
  return {
    follow: follow === true,
    since: since === undefined ? undefined : readTime('--since', since, clock.now()),
    until: until === undefined ? undefined : readTime('--until', until, clock.now()),
    tail,
    grep: grep === undefined ? undefined : regularExpression(grep),
  };
}

/** @throws UsageError */
function regularExpression(given: string): RegExp {
  try {
    return new RegExp(given, 'u');
  } catch {
    throw new UsageError(`--grep: invalid regular expression ${JSON.stringify(given)}`, {
      hint: 'put a backslash before what is meant as it stands: . * + ? ( ) [ ] { } ^ $ | \\',
    });
  }
}
