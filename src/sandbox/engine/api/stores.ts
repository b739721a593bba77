// /networks, /configs and /secrets: what services refer to.
import { EngineError, rpcError } from '../errors.ts';
import { swarmId } from '../ids.ts';
import type { Engine } from '../model/engine.ts';
import type { ServiceSpec } from '../model/service.ts';
import type { DataKind, StoredData, StoredNetwork } from '../model/stores.ts';
import type { Swarm } from '../model/swarm.ts';
import { managed } from './guard.ts';

export function networkCreate(engine: Engine, body: StoredNetwork['body']): object {
  const { swarm } = managed(engine);
  if (body.Driver !== 'overlay') throw new EngineError(501, 'simulated hosts only have overlay networks');
  if ([...swarm.networks.values()].some((network) => network.body.Name === body.Name)) {
    throw new EngineError(409, `network with name ${body.Name} already exists`);
  }
  const id = swarmId(swarm.world.random);
  swarm.networks.set(id, { id, createdAt: swarm.world.time(), body });
  return { Id: id, Warning: '' };
}

export const networkList = (engine: Engine): object[] =>
  [...managed(engine).swarm.networks.values()].map(({ id, createdAt, body }) => ({
    ...body,
    Id: id,
    Created: createdAt,
    Scope: 'swarm',
    Labels: body.Labels ?? {},
  }));

export function networkRemove(engine: Engine, id: string): void {
  const { swarm } = managed(engine);
  if (!swarm.networks.has(id)) throw new EngineError(404, `network ${id} not found`);
  const user = specs(swarm).find(({ TaskTemplate }) => targets(TaskTemplate).includes(id));
  if (user) throw rpcError('FailedPrecondition', `network ${id} is in use by service ${user.Name}`);
  swarm.networks.delete(id);
}

const INVALID_NAME =
  'invalid name, only 64 [a-zA-Z0-9-_.] characters allowed, and the start and end character must be [a-zA-Z0-9]';
const BYTES_BELOW: Readonly<Record<DataKind, number>> = { secret: 512_000, config: 1_024_000 };

/** `POST /configs/create`, `POST /secrets/create`. */
export function dataCreate(engine: Engine, kind: DataKind, spec: StoredData['spec']): object {
  const { swarm } = managed(engine);
  if (!/^[a-zA-Z0-9](?:[\w.-]{0,62}[a-zA-Z0-9])?$/.test(spec.Name)) throw rpcError('InvalidArgument', INVALID_NAME);
  const size = Buffer.from(spec.Data ?? '', 'base64').length;
  if (size < 1 || size >= BYTES_BELOW[kind]) {
    const limits = `must be larger than 0 and less than ${BYTES_BELOW[kind]} bytes`;
    throw rpcError('InvalidArgument', `${kind} data ${limits}`);
  }
  const store = storeOf(swarm, kind);
  if ([...store.values()].some((one) => one.spec.Name === spec.Name)) {
    throw rpcError('AlreadyExists', `${kind} ${spec.Name} already exists`);
  }
  const id = swarmId(swarm.world.random);
  store.set(id, { id, createdAt: swarm.world.time(), version: swarm.nextIndex(), spec });
  return { ID: id };
}

/** `GET /configs`, `GET /secrets`: nobody gives a secret's data back. */
export const dataList = (engine: Engine, kind: DataKind): object[] =>
  [...storeOf(managed(engine).swarm, kind).values()].map(({ id, createdAt, version, spec: { Data, ...spec } }) => ({
    ID: id,
    Version: { Index: version },
    CreatedAt: createdAt,
    Spec: { ...spec, ...(kind === 'config' && { Data }) },
  }));

/** `DELETE /configs/{id}`, `DELETE /secrets/{id}`. */
export function dataRemove(engine: Engine, kind: DataKind, id: string): void {
  const { swarm } = managed(engine);
  const store = storeOf(swarm, kind);
  const found = store.get(id);
  if (!found) throw new EngineError(404, `${kind} ${id} not found`);
  const user = specs(swarm).find((spec) => references(spec, kind).includes(id));
  if (user) {
    throw rpcError('InvalidArgument', `${kind} '${found.spec.Name}' is in use by the following service: ${user.Name}`);
  }
  store.delete(id);
}

/** The spec with its networks by their ids. Refuses one that refers to what there is not. */
export function resolved(swarm: Swarm, spec: ServiceSpec): ServiceSpec {
  for (const kind of ['config', 'secret'] as const) {
    const missing = references(spec, kind).find((id) => !storeOf(swarm, kind).has(id));
    if (missing !== undefined) throw rpcError('InvalidArgument', `${kind} not found: ${missing}`);
  }
  const attached = spec.TaskTemplate['Networks'] as { Target: string }[] | undefined;
  if (!attached) return spec;
  const all = [...swarm.networks.values()];
  const Networks = attached.map((network) => {
    const found = all.find(({ id, body }) => id === network.Target || body.Name === network.Target);
    if (!found) throw new EngineError(404, `network ${network.Target} not found`);
    return { ...network, Target: found.id };
  });
  return { ...spec, TaskTemplate: { ...spec.TaskTemplate, Networks } };
}

const storeOf = (swarm: Swarm, kind: DataKind) => (kind === 'config' ? swarm.configs : swarm.secretData);
const specs = (swarm: Swarm): ServiceSpec[] => [...swarm.services.values()].map(({ spec }) => spec);
const targets = (task: ServiceSpec['TaskTemplate']): string[] =>
  ((task['Networks'] ?? []) as { Target: string }[]).map(({ Target }) => Target);

function references({ TaskTemplate: { ContainerSpec: container } }: ServiceSpec, kind: DataKind): string[] {
  const [list, id] = kind === 'config' ? ['Configs', 'ConfigID'] : ['Secrets', 'SecretID'];
  return ((container[list] ?? []) as Record<string, string>[]).map((each) => each[id]!);
}
