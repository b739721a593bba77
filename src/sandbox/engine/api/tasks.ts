// /tasks: the tasks of the swarm's services.
import { attempt } from '../../attempt.ts';
import type { Engine } from '../model/engine.ts';
import type { Task } from '../model/service.ts';
import { accepts, acceptsLabels, checkFilters, type Filters } from './filters.ts';
import { managed } from './guard.ts';
import { findNode } from './nodes.ts';
import { findService } from './services.ts';

/** `web.1`, or `web.NODE` for a task of a global service. */
export const taskName = (task: Task): string => `${task.service.spec.Name}.${task.slot ?? task.node?.id ?? ''}`;

export type TaskJson = ReturnType<typeof taskJson>;

/** `GET /tasks`. Newest first, as the store gives them. */
export function taskList(engine: Engine, filters: Filters = {}): TaskJson[] {
  const { swarm } = managed(engine);
  checkFilters(filters, ['desired-state', 'id', 'label', 'name', 'node', 'service', '_up-to-date', 'runtime']);
  const services = filters['service']?.map((name) => attempt(() => findService(swarm, name)));
  const nodes = filters['node']?.map((name) => attempt(() => findNode(swarm, name)));
  const from = services?.length === 1 ? [...(services[0]?.tasks ?? [])] : [...swarm.tasks.values()];
  return from
    .filter(
      (task) =>
        (services === undefined || services.includes(task.service)) &&
        (nodes === undefined || nodes.includes(task.node)) &&
        accepts(filters, 'id', (id) => task.id.startsWith(id)) &&
        accepts(filters, 'name', (name) => taskName(task).startsWith(name)) &&
        accepts(filters, 'desired-state', (state) => task.desired === state.toLowerCase()) &&
        (filters['_up-to-date']?.[0] !== 'true' || task.generation === task.service.generation) &&
        acceptsLabels(filters, 'label', task.service.spec.Labels),
    )
    .map(taskJson);
}

function taskJson(task: Task) {
  const hostPorts = (task.service.spec.EndpointSpec?.Ports ?? []).filter(({ PublishMode }) => PublishMode === 'host');
  return {
    ID: task.id,
    Version: { Index: task.version },
    CreatedAt: task.createdAt,
    UpdatedAt: task.updatedAt,
    Labels: {},
    Spec: task.template,
    ServiceID: task.service.id,
    ...(task.slot === undefined ? {} : { Slot: task.slot }),
    ...(task.node === undefined ? {} : { NodeID: task.node.id }),
    Status: {
      Timestamp: task.stateAt,
      State: task.state,
      Message: task.message,
      ...(task.error === '' ? {} : { Err: task.error }),
      ...(task.containerId === '' ? {} : { ContainerStatus: { ContainerID: task.containerId, PID: 1, ExitCode: 0 } }),
      // One for IPv4 and one for IPv6.
      PortStatus:
        task.state === 'running' && hostPorts.length > 0 ? { Ports: hostPorts.flatMap((port) => [port, port]) } : {},
    },
    DesiredState: task.desired,
    NetworksAttachments: [],
    GenericResources: [],
  };
}
