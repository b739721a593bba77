import { command, flag, off, type Values } from '../cli/command.ts';
import { timeout } from '../cli/options.ts';
import type { Context } from '../context.ts';
import { EXIT } from '../errors.ts';
import { throwFailures } from '../fleet/failures.ts';
import type { Node } from '../model/node.ts';
import { type SharedConnections, withConnections } from '../tasks/connections.ts';
import { checkNames, sortWords } from '../tasks/names.ts';
import { type NodeUsage, usageOnce, watchUsage } from '../tasks/stats.ts';
import { LiveTable } from './stats/live.ts';
import { documentOf, ordered, tableOf } from './stats/rows.ts';

const options = {
  stream: off('one look, also on a terminal'),
  sum: flag('a row a node: the sums of its containers'),
  timeout: timeout(10, 'give up on a node that does not answer by then'),
};

export default command({
  arguments: '[name...]',
  summary: 'show the CPU, memory and I/O that containers use, on all nodes',
  description:
    'CPU, memory, network and block I/O of what runs on the nodes, by each node’s own engine; no manager is needed. On a terminal ' +
    'it is redrawn every second until Ctrl-C; in a pipe, and with --no-stream or --json, it is one look, which takes a second. ' +
    'Names are those of nodes, stacks, services, tasks or containers. CPU: 100 % is one CPU. Memory: without the file cache; ' +
    'its share is that of the container’s limit, or of the node’s memory. Exit code 3: a node did not answer; the rest is shown.',
  options,
  examples: [
    ['belt stats', ''],
    ['belt stats shop --no-stream', 'a stack, once'],
    ["belt stats 'node[1:3]' --sum", 'how busy these nodes are with containers'],
  ],
  run: (context, { name }, options) => stats(context, name, options),
});

interface Asked {
  nodes: readonly Node[];
  names: readonly string[];
  timeoutMs: number;
  sum: boolean;
  connections: SharedConnections;
}

/** `belt stats` — what containers use. */
async function stats(
  context: Context,
  words: readonly string[],
  { stream, sum = false, timeout: seconds }: Values<typeof options>,
): Promise<number | undefined> {
  const { out } = context;
  const all = await (await context.fleet()).select(['@all']);
  const { nodes = all, names } = await sortWords(context, words, all);
  const isLive = stream && out.live && out.stdout.isTTY === true && !out.json && !out.quiet;
  return withConnections(context, (connections) => {
    const asked = { nodes, names, sum, timeoutMs: seconds * 1000, connections };
    return isLive ? live(context, asked) : once(context, asked);
  });
}

async function once(context: Context, { nodes, sum, ...asked }: Asked): Promise<undefined> {
  const { out } = context;
  const { looks, failures } = await usageOnce(context, nodes, asked);
  check(context, asked, looks, failures.length);
  const usages = ordered(looks.flatMap((look) => look.usages));
  const { titles, rows, layout } = tableOf(usages, { sum });
  if (out.json) out.document(documentOf(usages, { sum }));
  else if (out.quiet) out.lines([...new Set(usages.map(({ container }) => container.label))]);
  else if (usages.length > 0) out.table(titles, rows, layout);
  else out.note(failures.length > 0 ? 'nothing runs on the nodes that answer' : 'nothing runs there');
  throwFailures(failures, nodes.length);
}

/** @throws UsageError for a name that nothing has */
const check = (context: Context, { names }: Pick<Asked, 'names'>, looks: readonly NodeUsage[], failed: number): void =>
  checkNames(context, names, {
    things: looks.flatMap(({ containers }) => containers),
    answered: looks.length,
    failed,
    orNodes: true,
    hint: 'what does not run is among: belt ps -a',
  });

/** Until Ctrl-C; the last of it stays on the screen. */
async function live(context: Context, { nodes, sum, ...asked }: Asked): Promise<number> {
  const ended = new AbortController();
  const signal = AbortSignal.any([context.signal, ended.signal]);
  const forget = context.interrupts.on(() => ended.abort());
  const table = new LiveTable(context, { sum });
  let isChecked = asked.names.length === 0;
  try {
    await watchUsage(context, nodes, {
      ...asked,
      signal,
      onChange: (states) => {
        const looks = states.flatMap(({ last }) => last ?? []);
        const failed = states.filter(({ error }) => error !== undefined).length;
        if (!isChecked && looks.length + failed === states.length) {
          isChecked = true;
          check(context, asked, looks, failed);
        }
        table.show(states);
      },
    });
  } catch (error) {
    table.stop({ keep: false });
    throw error;
  } finally {
    forget();
    ended.abort();
  }
  table.stop({ keep: true });
  return EXIT.interrupted;
}
