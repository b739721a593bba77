import { ageOf } from '../../age.ts';
import { command, flag, type Values } from '../../cli/command.ts';
import type { Context } from '../../context.ts';
import { withManager } from '../../stack/manager.ts';
import { noStack, servicesOf } from '../../stack/observe.ts';
import { type TaskSummary, tasksOf } from '../../stack/tasks.ts';

const options = {
  all: flag('those that others took the place of, too', 'a'),
};

export default command({
  arguments: '<stack>',
  summary: 'list the tasks of a stack, and what is wrong with them',
  description:
    'Lists the tasks of a stack’s services: on which node, in which state since when, and the error of the last one ' +
    'in each place that had one.',
  options,
  examples: [
    ['belt stack ps shop', ''],
    ['belt stack ps shop --all', 'with the earlier ones that Swarm still knows'],
  ],
  run: (context, { stack }, options) => stackPs(context, stack, options),
});

/** `belt stack ps` — the tasks of a stack. */
async function stackPs(context: Context, stack: string, { all }: Values<typeof options>): Promise<void> {
  const { out, clock } = context;
  const tasks = await withManager(context, async (engine) => {
    const [services, found, nodes] = await Promise.all([engine.services(), engine.tasks({ stack }), engine.nodes()]);
    if (found.length === 0 && servicesOf({ services }, stack).length === 0) throw noStack(stack);
    return tasksOf(found, services, nodes);
  });
  const shown = all ? tasks : tasks.filter(({ isEarlier }) => !isEarlier);
  if (out.json) return out.document(shown);
  if (out.quiet) return out.lines(shown.map(({ id }) => id));
  if (shown.length === 0) return out.note(`${stack} has no tasks`);
  const rows = shown.map((task) => [
    task.name,
    task.node ?? '',
    stateWords(task, clock.now()),
    task.error ?? (all ? '' : errorBefore(task, tasks)),
  ]);
  out.table(['Task', 'Node', 'State', 'Error'], rows);
}

function stateWords({ state, nodeIsDown, since }: TaskSummary, nowMs: number): string {
  return nodeIsDown ? 'node is down' : `${state} ${ageOf(since, nowMs)}`;
}

/** Of one that crashes again and again, the newest is just starting, and only those before it tell why. */
function errorBefore(task: TaskSummary, all: readonly TaskSummary[]): string {
  const isSame = ({ isEarlier, name, node }: TaskSummary) =>
    isEarlier && name === task.name && (/\.\d+$/.test(name) || node === task.node);
  const last = all.find(isSame);
  return last?.error === undefined ? '' : `before: ${last.error}`;
}
