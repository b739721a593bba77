// `docker service ps` and `docker node ps`: tasks as a table.

import { managed } from '../../api/guard.ts';
import { findNode } from '../../api/nodes.ts';
import { findService } from '../../api/services.ts';
import { swarmInfo } from '../../api/system.ts';
import { type TaskJson, taskList } from '../../api/tasks.ts';
import { EngineError } from '../../errors.ts';
import type { Engine } from '../../model/engine.ts';
import type { Swarm } from '../../model/swarm.ts';
import { listing } from '../format/list.ts';
import { byName } from '../format/table.ts';
import { titled } from '../format/template.ts';
import { ago } from '../format/units.ts';
import { atLeast, type Command, Failure, flag, type Invocation, list, text } from '../framework/command.ts';
import { filtersOf, withoutDigest } from './shared.ts';

const options = [
  list('filter', 'Filter output based on conditions provided', 'f'),
  text('format', 'Pretty-print tasks using a Go template'),
  flag('no-resolve', 'Do not map IDs to Names'),
  flag('no-trunc', 'Do not truncate output'),
  flag('quiet', 'Only display task IDs', 'q'),
];

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
  path: 'service ps',
  usage: '[OPTIONS] SERVICE [SERVICE...]',
  summary: 'List the tasks of one or more services',
  options,
  arity: atLeast(1),
  run: (invocation) => {
    const { engine, args } = invocation;
    const { swarm } = managed(engine);
    const { found, faults } = findAll(args, (name) => findService(swarm, name).id, 'no such service');
    return printTasks(invocation, { service: found }, faults);
  },
};

const nodePs: Command = {
  path: 'node ps',
  usage: '[OPTIONS] [NODE...]',
  summary: 'List tasks running on one or more nodes, defaults to current node',
  options,
  arity: atLeast(0),
  run: (invocation) => {
    const { engine, args } = invocation;
    const { swarm } = managed(engine);
    const names = args.length === 0 ? ['self'] : args;
    const find = (name: string) => findNode(swarm, name === 'self' ? swarmInfo(engine).NodeID : name).id;
    const { found, faults } = findAll(names, find, undefined);
    return printTasks(invocation, { node: found }, faults);
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

async function printTasks(
  { engine, process, values }: Invocation,
  among: Record<string, string[]>,
  faults: string[],
): Promise<number> {
  if (Object.values(among).flat().length > 0) {
    const tasks = taskList(engine, { ...filtersOf(values), ...among });
    await process.out(tasksText(engine, tasks, values));
  }
  if (faults.length > 0) throw new Failure(faults.join('\n'));
  return 0;
}

function tasksText(engine: Engine, tasks: TaskJson[], values: Invocation['values']): string {
  const { swarm } = managed(engine);
  const resolve = !values.is('no-resolve');
  const named = tasks.map((task) => ({
    task,
    name: resolve ? nameOf(swarm, task) : `${task.ServiceID}.${task.Slot ?? task.NodeID ?? ''}`,
  }));
  named.sort((a, b) => byName(a.name, b.name) || (a.task.CreatedAt < b.task.CreatedAt ? 1 : -1));
  if (values.is('quiet')) return named.map(({ task }) => `${task.ID}\n`).join('');
  const format = values.text('format');
  const isTable = format === undefined || format.startsWith('table');
  let previous = '';
  const rows = named.map(({ task, name }) => {
    const isOlder = isTable && name === previous;
    previous = name;
    return {
      ...rowOf(task, values.is('no-trunc')),
      Name: isOlder ? ` \\_ ${name}` : name,
      Node: resolve ? (swarm.nodes.get(task.NodeID ?? '')?.hostname ?? task.NodeID ?? '') : (task.NodeID ?? ''),
    };
  });
  return listing({ titles, columns, rows }, format);
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
