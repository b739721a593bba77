// /services: what the swarm should run.
import { EngineError, outOfSequence, rpcError } from '../errors.ts';
import { randomName, swarmId } from '../ids.ts';
import type { Engine } from '../model/engine.ts';
import { isGlobal, isLive, replicasOf, type Service, type ServiceSpec } from '../model/service.ts';
import type { Swarm } from '../model/swarm.ts';
import { stopTask } from '../model/tasks.ts';
import { setUpdate } from '../model/updates.ts';
import { accepts, acceptsLabels, checkFilters, type Filters } from './filters.ts';
import { findOne } from './find.ts';
import { managed } from './guard.ts';
import { checkServiceSpec, complete, publishPorts } from './serviceSpec.ts';
import { resolved } from './stores.ts';

/** The service of an id, a name, or the beginning of an id. */
export const findService = (swarm: Swarm, word: string): Service =>
  findOne('service', swarm.services, word, ({ spec }) => spec.Name);

export function serviceCreate(engine: Engine, spec: ServiceSpec, pullAuth?: string): { ID: string } {
  const { swarm } = managed(engine);
  const named = {
    ...spec,
    Name: spec.Name || randomName(swarm.world.random),
    Labels: spec.Labels ?? {},
    Mode: spec.Mode ?? {},
  };
  if (named.Mode.Global === undefined) named.Mode = { Replicated: { Replicas: named.Mode.Replicated?.Replicas ?? 1 } };
  checkServiceSpec(swarm, named, undefined);
  const now = swarm.world.time();
  const service: Service = {
    id: swarmId(swarm.world.random),
    createdAt: now,
    updatedAt: now,
    version: swarm.nextIndex(),
    spec: complete(publishPorts(swarm, resolved(swarm, named))),
    generation: 1,
    pullAuth,
    virtualIp: `10.0.0.${3 + swarm.services.size * 2}/24`,
    tasks: new Set(),
  };
  swarm.services.set(service.id, service);
  swarm.changed();
  return { ID: service.id };
}

export function serviceUpdate(engine: Engine, name: string, version: number, spec: ServiceSpec, pullAuth?: string) {
  const { swarm } = managed(engine);
  const service = findService(swarm, name);
  if (version !== service.version) {
    throw outOfSequence();
  }
  checkServiceSpec(swarm, spec, service);
  if ((spec.Mode.Global === undefined) === isGlobal(service)) {
    throw new EngineError(501, 'rpc error: code = Unimplemented desc = service mode change is not allowed');
  }
  const next = complete(publishPorts(swarm, resolved(swarm, { ...spec, Labels: spec.Labels ?? {} })));
  const templateChanged = JSON.stringify(next.TaskTemplate) !== JSON.stringify(service.spec.TaskTemplate);
  service.previousSpec = service.spec;
  service.previousPullAuth = service.pullAuth;
  service.spec = next;
  service.pullAuth = pullAuth ?? service.pullAuth;
  service.update = undefined;
  swarm.touch(service);
  if (templateChanged) service.generation++;
  swarm.changed();
  return { Warnings: null };
}

export function serviceRollback(engine: Engine, name: string, version: number): object {
  const service = findService(managed(engine).swarm, name);
  const { previousSpec, previousPullAuth } = service;
  if (!previousSpec) throw rpcError('FailedPrecondition', `service ${name} does not have a previous spec`);
  // As swarmkit does, this keeps the spec that it replaces: a second rollback goes forward again.
  const answer = serviceUpdate(engine, name, version, previousSpec, previousPullAuth);
  setUpdate(managed(engine).swarm, service, 'rollback_started', 'manually requested rollback');
  return answer;
}

export function serviceRemove(engine: Engine, name: string): void {
  const { swarm } = managed(engine);
  const service = findService(swarm, name);
  swarm.services.delete(service.id);
  for (const task of service.tasks) stopTask(swarm, task, 'remove');
}

export type ServiceJson = ReturnType<typeof serviceJson>;

export const serviceInspect = (engine: Engine, name: string): ServiceJson =>
  serviceJson(findService(managed(engine).swarm, name));

/** `GET /services`. With `status`, each tells how many of its tasks run. */
export function serviceList(engine: Engine, filters: Filters = {}, { status = false } = {}) {
  const { swarm } = managed(engine);
  checkFilters(filters, ['id', 'label', 'mode', 'name', 'runtime']);
  return [...swarm.services.values()]
    .filter(
      (service) =>
        accepts(filters, 'id', (id) => service.id.startsWith(id)) &&
        accepts(filters, 'name', (name) => service.spec.Name.startsWith(name)) &&
        accepts(filters, 'mode', (mode) => mode === (isGlobal(service) ? 'global' : 'replicated')) &&
        acceptsLabels(filters, 'label', service.spec.Labels),
    )
    .map((service) => ({ ...serviceJson(service), ...(status ? { ServiceStatus: statusOf(service) } : {}) }));
}

function statusOf(service: Service) {
  const live = [...service.tasks].filter(isLive);
  return {
    RunningTasks: [...service.tasks].filter(({ state, desired }) => state === 'running' && desired === 'running')
      .length,
    DesiredTasks: replicasOf(service) ?? live.length,
    CompletedTasks: 0,
  };
}

function serviceJson(service: Service) {
  const { update } = service;
  const { EndpointSpec } = service.spec;
  const ports = EndpointSpec?.Ports ?? [];
  const hasVip = EndpointSpec?.Mode !== 'dnsrr' && ports.some(({ PublishMode }) => PublishMode === 'ingress');
  return {
    ID: service.id,
    Version: { Index: service.version },
    CreatedAt: service.createdAt,
    UpdatedAt: service.updatedAt,
    Spec: service.spec,
    ...(service.previousSpec && { PreviousSpec: service.previousSpec }),
    ...(update && {
      UpdateStatus: {
        State: update.state,
        StartedAt: update.startedAt,
        ...(update.completedAt !== undefined && { CompletedAt: update.completedAt }),
        Message: update.message,
      },
    }),
    Endpoint: {
      // The engine works out an end for what is published, and for nothing else.
      Spec: ports.length > 0 ? (EndpointSpec ?? {}) : {},
      ...(ports.length > 0 ? { Ports: ports } : {}),
      ...(hasVip ? { VirtualIPs: [{ NetworkID: 'ingress', Addr: service.virtualIp }] } : {}),
    },
  };
}
