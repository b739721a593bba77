// What a node's engine runs, by the containers' own labels: no manager is needed for it.
import type { EngineContainer } from '../engine/container-calls.ts';
import type { Node } from '../model/node.ts';

/** A container with what its labels say of it. */
export interface FleetContainer extends EngineContainer {
  node: Node;
  /** The stack, or the project of Compose, that it belongs to. */
  stack: string | undefined;
  /** The service's full name. */
  service: string | undefined;
  /** Of a replicated service. */
  slot: number | undefined;
  /** The task's id. */
  task: string | undefined;
  /** How people say it: `shop_web.1`, `shop_agent@node2` of a global service, `node2/redis` of a plain container. */
  label: string;
}

const SWARM = 'com.docker.swarm';

/** A container of this node's engine. */
export function fleetContainer(node: Node, container: EngineContainer): FleetContainer {
  const { labels, name } = container;
  const service = labels[`${SWARM}.service.name`];
  const slot = service === undefined ? undefined : slotOf(service, labels[`${SWARM}.task.name`] ?? name);
  return {
    ...container,
    node,
    stack: labels['com.docker.stack.namespace'] ?? labels['com.docker.compose.project'],
    service,
    slot,
    task: labels[`${SWARM}.task.id`],
    label: service === undefined ? `${node.name}/${name}` : taskLabel(service, { slot, node: node.name }),
  };
}

/** `shop_web.1`; of a task without a slot `shop_agent@node2`, or the service alone where it is on no node yet. */
export function taskLabel(
  service: string,
  { slot, node }: { slot: number | undefined; node: string | undefined },
): string {
  if (slot !== undefined) return `${service}.${slot}`;
  return node === undefined ? service : `${service}@${node}`;
}

/** A task's name is `SERVICE.SLOT.ID`, that of a global service `SERVICE.NODE.ID`. */
function slotOf(service: string, taskName: string): number | undefined {
  const [second = ''] = taskName.slice(service.length + 1).split('.');
  return taskName.startsWith(`${service}.`) && /^\d{1,9}$/.test(second) ? Number(second) : undefined;
}

/** Ids are given by their beginning; anything shorter is a name. */
const LEAST_OF_ID = 4;

/** What a word may mean of a task or container: its stack, service, task or container, by name or by the beginning of an id. */
export type Named = Pick<FleetContainer, 'stack' | 'service' | 'task' | 'label'> &
  Partial<Pick<FleetContainer, 'id' | 'name' | 'node'>>;

/** Whether it is what the word says. Of a stack's services people type the name that is in their file: `web` of `shop_web`. */
export function isNamed(word: string, { stack, service, task, label, id, name, node }: Named): boolean {
  return (
    [stack, service, label, name, task].includes(word) ||
    (stack !== undefined && stack !== '' && [service, label].includes(`${stack}_${word}`)) ||
    (node !== undefined && name !== undefined && word === `${node.name}/${name}`) ||
    (/^[0-9a-z]+$/.test(word) &&
      word.length >= LEAST_OF_ID &&
      (id?.startsWith(word) || task?.startsWith(word)) === true)
  );
}
