// The life of a task: it is made, started on a node, stopped, forgotten.
import { hexId, swarmId } from '../ids.ts';
import { timings } from '../timings.ts';
import { isAlive, type SwarmNode } from './node.ts';
import { exists, isThere, mayPull } from './registry.ts';
import type { Service, Task, TaskState } from './service.ts';
import type { Swarm } from './swarm.ts';

export function setState(swarm: Swarm, task: Task, state: TaskState, message: string): void {
  task.state = state;
  task.message = message;
  swarm.touch(task);
  task.stateAt = task.updatedAt;
}

/** A new task of a service, on no node yet. */
export function makeTask(swarm: Swarm, service: Service, slot: number | undefined): Task {
  const now = swarm.world.time();
  const task: Task = {
    id: swarmId(swarm.world.random),
    createdAt: now,
    updatedAt: now,
    version: swarm.nextIndex(),
    service,
    slot,
    node: undefined,
    state: 'pending',
    stateAt: now,
    desired: 'running',
    message: 'pending task scheduling',
    error: '',
    template: service.spec.TaskTemplate,
    generation: service.generation,
    containerId: '',
    startedAt: '',
  };
  swarm.tasks.set(task.id, task);
  service.tasks.add(task);
  return task;
}

/** Gives a task to a node, which starts it after a while. */
export function startOn(swarm: Swarm, task: Task, node: SwarmNode): void {
  task.node = node;
  task.error = '';
  setState(swarm, task, 'preparing', 'preparing');
  const { random } = swarm.world;
  swarm.world.after(timings.taskStartMs * (1 + 2 * random()), () => {
    if (task.desired !== 'running' || task.state !== 'preparing' || !isAlive(node)) return;
    const { Image: image } = task.template.ContainerSpec;
    if (!exists(image) || !isThere(image) || !mayPull(image, task.service.pullAuth)) return reject(swarm, task);
    task.containerId = hexId(random);
    const [name, tag] = imageParts(task.template.ContainerSpec.Image);
    node.engine.addImage(name, tag);
    setState(swarm, task, 'running', 'started');
    task.startedAt = task.stateAt;
    swarm.changed();
  });
}

/** Another one takes its place after a while, and fares no better. */
function reject(swarm: Swarm, task: Task): void {
  task.error = `No such image: ${task.template.ContainerSpec.Image}`;
  setState(swarm, task, 'rejected', 'preparing');
  swarm.changed();
  swarm.world.after(timings.restartMs, () => {
    task.desired = 'shutdown';
    swarm.changed();
  });
}

/** Ends a task. One that is removed disappears, one that is replaced stays as history. */
export function stopTask(swarm: Swarm, task: Task, desired: 'shutdown' | 'remove'): void {
  task.desired = desired;
  swarm.touch(task);
  const reachable = task.node === undefined || isAlive(task.node);
  if (!reachable && desired === 'shutdown') return;
  swarm.world.after(reachable ? timings.taskStopMs : 0, () => {
    if (task.desired === 'remove') forgetTask(swarm, task);
    else setState(swarm, task, 'shutdown', 'shutdown');
  });
}

export function forgetTask(swarm: Swarm, task: Task): void {
  swarm.tasks.delete(task.id);
  task.service.tasks.delete(task);
}

/** `nginx:1.27@sha256:…` → `nginx`, `1.27`. */
export function imageParts(reference: string): [name: string, tag: string] {
  const plain = reference.replace(/@sha256:.*$/, '');
  const match = /^(.*?)(?::([\w.-]+))?$/.exec(plain);
  return [match?.[1] ?? plain, match?.[2] ?? 'latest'];
}
