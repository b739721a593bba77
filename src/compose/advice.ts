// What a swarm does otherwise than the files let one expect, told before anything happens.
import { isJob } from './deploy.ts';
import { sourceOf } from './mounts.ts';
import type { Reader } from './read.ts';
import { quoted, type Report } from './report.ts';
import type { ReadService } from './service.ts';
import { isNull, type Value } from './tree.ts';

/** Of one service. */
export function adviseService(service: ReadService): void {
  adviseImage(service);
  advisePorts(service);
  adviseRestart(service);
  adviseStartFirst(service);
  adviseBinds(service);
}

function adviseImage({ reader }: ReadService): void {
  const value = reader.get('image');
  if (value?.kind !== 'scalar' || reader.has('build') || /@|:$/.test(value.text)) return;
  const tag = /:([\w.-]+)$/.exec(value.text)?.[1];
  if (tag !== undefined && tag !== 'latest') return;
  const what = tag === undefined ? 'has no tag, which means latest' : 'is latest';
  reader.report.warn(value, `image ${value.text} ${what}: what runs may change without a change of the file`, {
    hint: 'name a version',
  });
}

const ANY = ['0.0.0.0', '::', ''];

function advisePorts({ ports, reader }: ReadService): void {
  for (const { ip = '', port, value } of ports) {
    if (ANY.includes(ip)) continue;
    reader.report.warn(
      value,
      `port ${port.PublishedPort ?? port.TargetPort} is for ${ip} alone, but Swarm publishes it on every address of every node`,
      {
        hint: 'leave ports out where only services of the stack need it',
      },
    );
  }
}

function adviseRestart({ reader, desired }: ReadService): void {
  const value = reader.get('restart');
  if (value?.kind !== 'scalar' || !['no', 'false'].includes(value.text) || isJob(desired.spec.Mode)) return;
  if (reader.inner('deploy').has('restart_policy')) return;
  reader.report.warn(value, 'restart: "no" means nothing to Swarm: a task that ends is started again', {
    hint: 'for a task that runs once: deploy: {restart_policy: {condition: none}}',
  });
}

function adviseStartFirst({ ports, reader, desired }: ReadService): void {
  const { UpdateConfig } = desired.spec;
  if (UpdateConfig?.Order !== 'start-first') return;
  const order = reader.inner('deploy').inner('update_config').get('order')!;
  const host = ports.find(({ port }) => port.PublishMode === 'host' && port.PublishedPort !== undefined);
  if (host) {
    reader.report.warn(
      host.value,
      `host port ${host.port.PublishedPort} with start-first: the new task waits for a node on which the old one does not hold the port`,
      {
        hint: 'deploy: {update_config: {order: stop-first}}',
      },
    );
  }
  if (!isChecked({ desired })) {
    reader.report.warn(
      order,
      'start-first without a healthcheck: the old task goes as soon as the new one runs, ready or not',
      {
        hint: 'add a healthcheck, unless the image has one',
      },
    );
  }
}

const isChecked = ({ desired }: Pick<ReadService, 'desired'>): boolean => {
  const { Healthcheck: check } = desired.spec.TaskTemplate.ContainerSpec;
  return check !== undefined && check.Test?.[0] !== 'NONE';
};

/** What every node has. */
const ON_EVERY_NODE = /^\/(?:(?:proc|sys|dev|run|var\/run|etc|lib\/modules|var\/log|var\/lib\/docker)(?:\/.*)?)?$/;

function adviseBinds({ reader, desired }: ReadService): void {
  const mounts = desired.spec.TaskTemplate.ContainerSpec.Mounts ?? [];
  for (const item of reader.items('volumes')) {
    const written = sourceOf(item);
    const mount = mounts.find(({ Type, Target }) => Type === 'bind' && Target === targetOf(item));
    if (!mount || written === undefined || ON_EVERY_NODE.test(mount.Source ?? '')) continue;
    const isHere = /^[.~]/.test(written);
    reader.report.warn(
      item,
      `bind mount ${written}: ${mount.Source} has to be on every node that may get a task; nothing is sent from here`,
      { hint: isHere ? 'a config or a secret brings a file to the nodes' : undefined },
    );
  }
}

function targetOf(item: Value): string | undefined {
  if (item.kind === 'scalar') return item.text.split(':')[1];
  const target = item.kind === 'mapping' ? item.entries.get('target')?.value : undefined;
  return target?.kind === 'scalar' ? target.text : undefined;
}

/** Of services that want the same port. */
export function adviseTogether(services: readonly ReadService[], report: Report): void {
  const taken = new Map<string, { service: string; mode: string }>();
  for (const { desired, ports } of services) {
    report.service = desired.name;
    for (const { port, value } of ports) {
      if (port.PublishedPort === undefined) continue;
      const key = `${port.PublishedPort}/${port.Protocol}`;
      const other = taken.get(key);
      if (!other) taken.set(key, { service: desired.name, mode: port.PublishMode });
      else if (other.service === desired.name) {
        // Whatever the mode (swarmkit, controlapi/service.go: validateEndpointSpec).
        report.error(value, `port ${key} is published twice: Swarm takes each once`);
      } else if (other.mode === 'host' && port.PublishMode === 'host') {
        report.warn(value, `${other.service} publishes port ${key} of its nodes too: no node can run both`);
      } else report.error(value, `${other.service} publishes port ${key} too: Swarm gives a port to one service`);
    }
  }
  report.service = undefined;
}

/** Services that are waited for have to exist, and to have what is waited for. */
export function checkDependencies(services: readonly ReadService[], all: readonly string[], report: Report): void {
  const active = services.map(({ desired }) => desired.name);
  for (const { desired, reader } of services) {
    report.service = desired.name;
    const kept = desired.dependsOn.filter(({ service }) => active.includes(service));
    for (const { service, at } of desired.dependsOn.filter((one) => !kept.includes(one))) {
      if (!all.includes(service)) report.error(at, `depends_on: there is no service ${quoted(service)}`);
      else if (!isOptional(reader, service))
        report.warn(at, `depends_on: ${service} is not deployed, as its profile is not chosen`);
    }
    desired.dependsOn = kept;
    for (const { service, condition, at } of kept) {
      const other = services.find((one) => one.desired.name === service);
      if (condition !== 'service_healthy' || !other || isChecked(other)) continue;
      report.warn(at, `depends_on: ${service} has no healthcheck here, and counts as healthy as soon as it runs`, {
        hint: 'add a healthcheck to it, unless its image has one',
      });
    }
  }
  report.service = undefined;
}

const isOptional = (reader: Reader, name: string): boolean => {
  const one = reader.inner('depends_on').get(name);
  return !isNull(one) && reader.inner('depends_on').inner(name).boolean('required') === false;
};
