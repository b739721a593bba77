import { command, flag, off, type Values } from '../cli/command.ts';
import { timeout } from '../cli/options.ts';
import type { Context } from '../context.ts';
import { throwFailures } from '../fleet/failures.ts';
import { type FleetLook, lookAtFleet } from '../tasks/look.ts';
import { checkNames, isWanted, sortWords } from '../tasks/names.ts';
import { type Row, rowsOf } from '../tasks/rows.ts';

const options = {
  all: flag('also what ended and is still there', 'a'),
  manager: off('ask the nodes’ own engines alone'),
  timeout: timeout(10, 'give up on a node that does not answer by then'),
};

export default command({
  arguments: '[name...]',
  summary: 'list the tasks and containers of all nodes',
  description:
    'Lists what runs on the nodes, by each node’s own engine, joined with what a manager knows of tasks: those that do not run, ' +
    'and why. Where the swarm has no leader, and with --no-manager, the engines’ word is all there is, and it is said so. ' +
    'Names are those of nodes, stacks, services, tasks or containers. "running?": the manager says so, and no engine was heard. ' +
    'Exit code 3: a node did not answer; the rest is shown.',
  options,
  examples: [
    ['belt ps', ''],
    ['belt ps shop -a', 'a stack, with what ended'],
    ["belt ps 'node[1:3]'", 'what runs on these nodes'],
    ['belt ps --no-manager', 'when the swarm lost its quorum'],
  ],
  run: (context, { name }, options) => ps(context, name, options),
});

/** `belt ps` — what runs where. */
async function ps(context: Context, words: readonly string[], given: Values<typeof options>): Promise<void> {
  const all = await (await context.fleet()).select(['@all']);
  const { nodes, names } = await sortWords(context, words, all);
  const chosen = nodes ?? all;
  const look = await lookAtFleet(context, chosen, {
    all: given.all === true,
    timeoutMs: given.timeout * 1000,
    others: given.manager ? all.filter((node) => !chosen.includes(node)) : undefined,
  });
  const rows = rowsOf(look, { all: given.all === true, nowMs: context.clock.now() });
  const here = nodes && new Set(nodes.map((node) => node.name));
  const shown = rows.filter((row) => (!here || here.has(row.nodeName ?? '')) && isWanted(names, row));
  checkNames(context, names, {
    things: rows,
    answered: look.looks.length,
    failed: look.failures.length,
    orNodes: true,
    isKnown: (name) => look.manager?.services.some(({ Spec }) => isService(name, Spec)) ?? false,
    hint: 'what ended is among: belt ps -a',
  });
  show(context, shown, look);
  throwFailures(look.failures, chosen.length);
}

/** One without tasks is nothing wrong. */
const isService = (
  name: string,
  { Name, Labels }: { Name?: string | null | undefined; Labels?: Record<string, string> | null | undefined },
): boolean => Name === name || Labels?.['com.docker.stack.namespace'] === name;

function show({ out }: Context, rows: readonly Row[], { noManager, failures }: FleetLook): void {
  if (noManager !== undefined) out.warn(`shown is what the nodes’ own engines say: ${noManager}`);
  if (out.json) return out.document(rows.map(documentOf));
  if (out.quiet) return out.lines(rows.map(({ label }) => label));
  if (rows.length === 0)
    return out.note(failures.length > 0 ? 'nothing runs on the nodes that answer' : 'nothing runs there');
  out.table(
    ['Node', 'Name', 'Image', 'State', 'Since', 'Ports'],
    rows.map(({ nodeName = '-', shown, image, state, since, ports }) => [
      nodeName,
      shown,
      image,
      state,
      since,
      ports.join(', '),
    ]),
    { cut: ['Image', 'Ports', 'Name'] },
  );
  out.lines(errorsOf(rows));
}

/** Whole, below the table: a line for all that have the same. */
function errorsOf(rows: readonly Row[]): string[] {
  const groups = new Map<string, string[]>();
  for (const { error, label } of rows) {
    if (error !== undefined) groups.set(error, [...(groups.get(error) ?? []), label]);
  }
  return [...groups].map(([error, labels]) => `${[...new Set(labels)].join(', ')}: ${error}`);
}

const documentOf = ({ nodeName, shown, image, state, since, ports, error, ...row }: Row): object => ({
  node: nodeName ?? null,
  name: row.name ?? shown,
  label: row.label,
  stack: row.stack,
  service: row.service,
  slot: row.slot,
  task: row.task,
  container: row.id,
  image,
  state,
  since,
  ports,
  error,
  saidBy: row.saidBy,
});
