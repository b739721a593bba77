import { command } from '../cli/command.ts';
import type { Context } from '../context.ts';
import { UsageError } from '../errors.ts';
import { quoteWord } from '../quote.ts';
import { withConnections } from '../tasks/connections.ts';
import { findMeant } from '../tasks/find.ts';
import { firstOf } from '../tasks/first.ts';
import { isMany, readTaskWord } from '../tasks/word.ts';
import { onMany } from './sh/on-many.ts';
import { onOne } from './sh/on-one.ts';
import { options, type ShOptions } from './sh/options.ts';

export default command({
  arguments: '<task> -- [command...]',
  usage: '<service[.slot]> [-- command...]',
  summary: 'a shell, or a command, in a task of a service, on whichever node it runs',
  description:
    'Finds the node of the task through a manager that answers, and runs docker exec there: at a terminal with one in the container, ' +
    'and with the exit code of the command. Without a command it is a shell (bash, else sh). A service of several tasks ' +
    'without a slot is the lowest slot that runs, which belt names; of a global service the slot is the name of a node. With a ' +
    "quoted 'web.*' the command runs in all of them, side by side; exit code 3: some failed, or are to run and do not. NODE/NAME is a container that is not a " +
    'task. An image without a shell is looked into with --beside: the files of the task are under /proc/1/root there.',
  options,
  examples: [
    ['belt sh web', 'a shell in a task of web'],
    ['belt sh web.2 -- env', 'a command in its second'],
    ["belt sh 'web.*' -- cat /etc/hostname", 'in each, side by side'],
    ['pg_dump app | belt sh db -i -- psql app', 'what is piped in goes to it'],
    ['belt sh web.1 --beside', 'where its image has no shell: in another one that the node has'],
  ],
  run: (context, { task, command }, options) => sh(context, task, command, options),
});

/** Gives the exit code. */
async function sh(context: Context, given: string, argv: readonly string[], options: ShOptions): Promise<number> {
  const word = readTaskWord(given);
  refuseMisuse(context, given, argv, { many: isMany(word) });
  return withConnections(context, async (connections) => {
    if (isMany(word)) {
      const { running, ...rest } = await findMeant(context, connections, word);
      return onMany(context, connections, running, { argv, options, ...rest });
    }
    const place = await firstOf(context, connections, word, { verb: 'in', canAll: true, isWhole: false });
    return context.out.json
      ? onMany(context, connections, [place], { argv, options })
      : onOne(context, connections, place, { argv, options });
  });
}

/** @throws UsageError */
function refuseMisuse({ out }: Context, given: string, argv: readonly string[], { many }: { many: boolean }): void {
  if (argv.length === 0 && (many || out.json)) {
    const why = many ? 'several tasks at once' : '--json';
    throw new UsageError(`${why} ${many ? 'need' : 'needs'} a command behind --`, {
      hint: `such as: belt sh ${quoteWord(given)} -- hostname`,
    });
  }
}
