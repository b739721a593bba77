// /containers and /images: what is on this engine alone. Containers are the tasks that run here.

import type { Engine } from '../model/engine.ts';
import type { Task } from '../model/service.ts';
import { taskName } from './tasks.ts';

const tasksHere = (engine: Engine): Task[] => {
  const { swarm, node } = engine.membership ?? {};
  if (swarm === undefined || node === undefined) return [];
  return [...swarm.tasks.values()].filter((task) => task.node === node && task.state === 'running');
};

/** `GET /containers/json`. */
export function containerList(engine: Engine) {
  return tasksHere(engine).map((task) => {
    const { ContainerSpec } = task.template;
    const ports = (task.service.spec.EndpointSpec?.Ports ?? []).filter(({ PublishMode }) => PublishMode === 'host');
    return {
      Id: task.containerId,
      Names: [`/${taskName(task)}.${task.id}`],
      Image: ContainerSpec.Image,
      ImageID: '',
      Command: [...(ContainerSpec.Command ?? []), ...(ContainerSpec.Args ?? [])].join(' '),
      Created: Math.floor(Date.parse(task.createdAt) / 1000),
      Ports: ports.map(({ TargetPort, PublishedPort, Protocol }) => ({
        IP: '0.0.0.0',
        PrivatePort: TargetPort,
        PublicPort: PublishedPort,
        Type: Protocol,
      })),
      Labels: {
        'com.docker.swarm.node.id': task.node?.id ?? '',
        'com.docker.swarm.service.id': task.service.id,
        'com.docker.swarm.service.name': task.service.spec.Name,
        'com.docker.swarm.task': '',
        'com.docker.swarm.task.id': task.id,
        'com.docker.swarm.task.name': `${taskName(task)}.${task.id}`,
      },
      State: 'running',
      Status: '',
      HostConfig: { NetworkMode: 'default' },
      NetworkSettings: { Networks: {} },
      Mounts: [],
      StartedAt: Date.parse(task.stateAt),
    };
  });
}

/** `GET /images/json`. */
export function imageList(engine: Engine) {
  return [...engine.images.values()].reverse().map((image) => ({
    Containers: -1,
    Created: Math.floor(image.createdAt / 1000),
    Id: image.id,
    Labels: null,
    ParentId: '',
    RepoDigests: [],
    RepoTags: [`${image.name}:${image.tag}`],
    SharedSize: -1,
    Size: image.sizeBytes,
  }));
}
