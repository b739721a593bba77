// /containers and /images: what is on this engine alone. Containers are the tasks that run here.

import type { Engine } from '../model/engine.ts';
import { digestOf } from '../model/registry.ts';
import type { Task } from '../model/service.ts';
import { taskName } from './tasks.ts';

const tasksHere = (engine: Engine): Task[] => {
  const { swarm, node } = engine.membership ?? {};
  if (swarm === undefined || node === undefined) return [];
  return [...swarm.tasks.values()].filter((task) => task.node === node && task.state === 'running');
};

/** How long a task runs, as containers show it. */
function upFor(task: Task): string {
  const seconds = Math.floor((Date.now() - Date.parse(task.stateAt)) / 1000);
  if (seconds < 1) return 'Less than a second';
  if (seconds < 60) return seconds === 1 ? '1 second' : `${seconds} seconds`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return minutes === 1 ? 'About a minute' : `${minutes} minutes`;
  const hours = Math.round(minutes / 60);
  return hours === 1 ? 'About an hour' : `${hours} hours`;
}

/** `GET /containers/json`. */
export function containerList(engine: Engine) {
  const newestFirst = tasksHere(engine).sort((a, b) => (a.createdAt < b.createdAt ? 1 : -1));
  return newestFirst.map((task) => {
    const { ContainerSpec } = task.template;
    const ports = (task.service.spec.EndpointSpec?.Ports ?? []).filter(({ PublishMode }) => PublishMode === 'host');
    return {
      Id: task.containerId,
      Names: [`/${taskName(task)}.${task.id}`],
      Image: ContainerSpec.Image.replace(/@sha256:.*$/, ''),
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
      Status: `Up ${upFor(task)}`,
      HostConfig: { NetworkMode: 'default' },
      NetworkSettings: { Networks: {} },
      Mounts: [],
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

/** `GET /distribution/{name}/json`: what a registry says of an image. */
export function distribution(name: string) {
  return {
    Descriptor: {
      mediaType: 'application/vnd.oci.image.index.v1+json',
      digest: digestOf(name),
      size: 10_229,
    },
    Platforms: [{ architecture: 'amd64', os: 'linux' }],
  };
}
