// `docker service ps` and `docker node ps`: tasks as a table.

import { managed } from '../../api/guard.ts';
import { findNode } from '../../api/nodes.ts';
import { findService } from '../../api/services.ts';
import { swarmInfo } from '../../api/system.ts';
import { type TaskJson, taskList } from '../../api/tasks.ts';
import { EngineError } from '../../errors.ts';
import type { Engine } from '../../model/engine.ts';
import type { Swarm } from '../../model/swarm.ts';
import { isTable, listing } from '../format/list.ts';
import { byName } from '../format/table.ts';
import { titled } from '../format/template.ts';
import { ago } from '../format/units.ts';
import { atLeast, type Command, Failure, type Invocation } from '../framework/command.ts';
import { told } from '../framework/told.ts';
import { filtersOf, withoutDigest } from './shared.ts';

const columns = ['ID', 'Name', 'Image', 'Node', 'DesiredState', 'CurrentState', 'Error', 'Ports'];
const titles = {
  ID: 'ID',
  Name: 'NAME',
  Image: 'IMAGE',
  Node: 'NODE',
  DesiredState: 'DESIRED STATE',
  CurrentState: 'CURRENT STATE',
  Error: 'ERROR',
  Ports: 'PORTS',
};

const servicePs: Command = {
  ...told('service ps'),
  arity: atLeast(1),
  run: (invocation) => {
    const { engine, args } = invocation;
    const { swarm } = managed(engine);
    const { found, faults } = findAll(args, (name) => findService(swarm, name).id, 'no such service');
    return printTasks(invocation, { among: [{ service: found }], faults, quietId: (id) => id });
  },
};

const nodePs: Command = {
  ...told('node ps'),
  arity: atLeast(0),
  run: (invocation) => {
    const { engine, args } = invocation;
    const { swarm } = managed(engine);
    const names = args.length === 0 ? ['self'] : args;
    const find = (name: string) => findNode(swarm, name === 'self' ? swarmInfo(engine).NodeID : name).id;
    const { found, faults } = findAll(names, find, undefined);
    // Docker asks for each node's tasks and for those of the nodes before it again.
    const among = found.map((_, n) => ({ node: found.slice(0, n + 1) }));
    const whole = invocation.values.is('no-trunc');
    return printTasks(invocation, { among, faults, quietId: (id) => (whole ? id : id.slice(0, 12)) });
  },
};

function findAll(names: string[], find: (name: string) => string, missing: string | undefined) {
  const found: string[] = [];
  const faults: string[] = [];
  for (const name of names) {
    try {
      found.push(find(name));
    } catch (error) {
      if (!(error instanceof EngineError)) throw error;
      faults.push(missing === undefined ? `Error response from daemon: ${error.message}` : `${missing}: ${name}`);
    }
  }
  return { found, faults };
}

interface Wanted {
  /** The filters of each request to the engine. */
  among: Record<string, string[]>[];
  faults: string[];
  /** What `--quiet` prints of an id. */
  quietId: (id: string) => string;
}

async function printTasks(
  { engine, process, values }: Invocation,
  { among, faults, quietId }: Wanted,
): Promise<number> {
  const asked = among.filter((filters) => Object.values(filters).flat().length > 0);
  const tasks = asked.flatMap((filters) => taskList(engine, { ...filtersOf(values), ...filters }));
  if (values.is('quiet'))
    await process.out(
      inOrder(engine, tasks, values)
        .map(({ task }) => `${quietId(task.ID)}\n`)
        .join(''),
    );
  else if (faults.length === 0 || tasks.length > 0) await process.out(tasksText(engine, tasks, values));
  if (faults.length > 0) throw new Failure(faults.join('\n'));
  return 0;
}

/** By name, the newest of a name first. */
function inOrder(engine: Engine, tasks: TaskJson[], values: Invocation['values']) {
  const { swarm } = managed(engine);
  const resolve = !values.is('no-resolve');
  return tasks
    .map((task) => ({
      task,
      name: resolve ? nameOf(swarm, task) : `${task.ServiceID}.${task.Slot ?? task.NodeID ?? ''}`,
    }))
    .sort((a, b) => byName(a.name, b.name) || (a.task.CreatedAt < b.task.CreatedAt ? 1 : -1));
}

function tasksText(engine: Engine, tasks: TaskJson[], values: Invocation['values']): string {
  const { swarm } = managed(engine);
  const resolve = !values.is('no-resolve');
  const format = values.text('format');
  const ordered = inOrder(engine, tasks, values);
  // Docker marks by id: of a task that is listed twice, both lines.
  const older = new Set(ordered.filter(({ name }, n) => ordered[n - 1]?.name === name).map(({ task }) => task.ID));
  const rows = ordered.map(({ task, name }) => ({
    ...rowOf(task, values.is('no-trunc')),
    Name: isTable(format) && older.has(task.ID) ? ` \\_ ${name}` : name,
    Node: resolve ? (swarm.nodes.get(task.NodeID ?? '')?.hostname ?? task.NodeID ?? '') : (task.NodeID ?? ''),
  }));
  return listing({ titles, columns, rows, type: '*task.taskContext' }, format);
}

function nameOf(swarm: Swarm, task: TaskJson): string {
  const service = swarm.services.get(task.ServiceID)?.spec.Name ?? task.ServiceID;
  return `${service}.${task.Slot ?? task.NodeID ?? ''}`;
}

const ERROR_WIDTH = 30;

function rowOf(task: TaskJson, whole: boolean) {
  const fault = task.Status.Err ?? '';
  const short = fault.length > ERROR_WIDTH && !whole ? `${fault.slice(0, ERROR_WIDTH - 1)}…` : fault;
  const ports = task.Status.PortStatus.Ports ?? [];
  const image = withoutDigest(task.Spec.ContainerSpec.Image);
  return {
    ID: whole ? task.ID : task.ID.slice(0, 12),
    Image: whole ? task.Spec.ContainerSpec.Image : image,
    DesiredState: titled(task.DesiredState),
    CurrentState: `${titled(task.Status.State)} ${ago(task.Status.Timestamp)}`,
    Error: short === '' ? '' : `"${short}"`,
    Ports: ports.map((port) => `*:${port.PublishedPort}->${port.TargetPort}/${port.Protocol}`).join(','),
  };
}

export const taskCommands: Command[] = [servicePs, nodePs];
