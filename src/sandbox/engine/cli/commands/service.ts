// `docker service …`.
import { managed } from '../../api/guard.ts';
import { lasted } from '../../api/local.ts';
import {
  findService,
  serviceCreate,
  serviceInspect,
  serviceList,
  serviceRemove,
  serviceUpdate,
} from '../../api/services.ts';
import { taskList } from '../../api/tasks.ts';
import { notPlayed } from '../../failure.ts';
import { isLive } from '../../model/service.ts';
import { timings } from '../../timings.ts';
import { type Call, type Commands, each, NONE, ONE, type Run, SOME } from '../command.ts';
import { byName, filtersOf, list, titled } from '../format.ts';
import { changed, created, scaled } from './spec.ts';

const create: Run = async (call) => {
  const { ID } = serviceCreate(call.engine, created(call));
  await call.process.out(`${ID}\n`);
  return await converged(call, ID);
};

const update: Run = async (call) => {
  const [name = ''] = call.args;
  const { Spec, Version } = serviceInspect(call.engine, name);
  serviceUpdate(call.engine, name, Version.Index, changed(call, Spec));
  await call.process.out(`${name}\n`);
  return await converged(call, name);
};

const scale: Run = async (call) => {
  if (!call.args.every((arg) => /^[^=]+=\d+$/.test(arg)))
    throw notPlayed('docker service scale without SERVICE=NUMBER');
  await each(call, (arg) => {
    const [name = '', replicas] = arg.split('=');
    const { Spec, Version } = serviceInspect(call.engine, name);
    serviceUpdate(call.engine, name, Version.Index, scaled(Spec, Number(replicas)));
    return `${name} scaled to ${replicas}`;
  });
  for (const arg of call.args) await call.process.out(await converged(call, arg.replace(/=.*/, '')));
  return '';
};

/** Tells, unless nobody waits for it, how the tasks come up, until the service has what it was asked for and kept it. */
async function converged(call: Call, name: string): Promise<string> {
  if (call.is('detach') || call.is('quiet')) return '';
  const { engine, process } = call;
  let told = '';
  for (let kept = false; ; ) {
    const service = findService(managed(engine).swarm, name);
    const tasks = [...service.tasks].filter((task) => isLive(task) && task.generation === service.generation);
    const wanted = service.spec.Mode.Replicated?.Replicas ?? tasks.length;
    const running = tasks.filter(({ state }) => state === 'running').length;
    const progress = `overall progress: ${running} out of ${wanted} tasks\n`;
    if (progress !== told) await process.out(progress);
    told = progress;
    if (kept && running >= wanted) return `verify: Service ${name} converged\n`;
    kept = running >= wanted;
    await engine.world.pause(kept ? timings.verifyMs : timings.progressMs);
  }
}

const ls: Run = (call) => {
  const rows = serviceList(call.engine, filtersOf(call), { status: true })
    .sort((a, b) => byName(a.Spec.Name, b.Spec.Name))
    .map(({ ID, Spec, Endpoint, ServiceStatus }) => ({
      ID: ID.slice(0, 12),
      Name: Spec.Name,
      Mode: Spec.Mode.Global === undefined ? 'replicated' : 'global',
      Replicas: `${ServiceStatus?.RunningTasks}/${ServiceStatus?.DesiredTasks}`,
      Image: withoutDigest(Spec.TaskTemplate.ContainerSpec.Image),
      Ports: portsText((Endpoint.Ports ?? []).filter(({ PublishMode }) => PublishMode === 'ingress')),
    }));
  return list(call, 'ID Name Mode Replicas Image Ports', rows);
};

const ps: Run = (call) => {
  const { swarm } = managed(call.engine);
  const service = call.args.map((name) => findService(swarm, name).id);
  const rows = taskList(call.engine, { ...filtersOf(call), service })
    .map((task) => ({ task, name: `${swarm.services.get(task.ServiceID)?.spec.Name}.${task.Slot ?? task.NodeID}` }))
    // The newest of a name first.
    .sort((a, b) => byName(a.name, b.name) || (a.task.CreatedAt < b.task.CreatedAt ? 1 : -1))
    .map(({ task, name }) => ({
      ID: task.ID.slice(0, 12),
      Name: name,
      Image: withoutDigest(task.Spec.ContainerSpec.Image),
      Node: swarm.nodes.get(task.NodeID ?? '')?.hostname ?? '',
      DesiredState: titled(task.DesiredState),
      CurrentState: `${titled(task.Status.State)} ${lasted(swarm.world.now() - Date.parse(task.Status.Timestamp)).toLowerCase()} ago`,
      Error: task.Status.Err === undefined ? '' : `"${task.Status.Err}"`,
      Ports: portsText(task.Status.PortStatus.Ports ?? []),
    }));
  return list(call, 'ID Name Image Node DesiredState CurrentState Error Ports', rows, (row, above) =>
    row['Name'] === above?.['Name'] ? { ...row, Name: ` \\_ ${row['Name']}` } : row,
  );
};

const portsText = (ports: readonly { PublishedPort?: number; TargetPort: number; Protocol: string }[]): string =>
  ports.map((port) => `*:${port.PublishedPort}->${port.TargetPort}/${port.Protocol}`).join(', ');

/** `nginx:latest@sha256:…` → `nginx:latest`. */
const withoutDigest = (image: string): string => image.replace(/@sha256:[0-9a-f]{64}$/, '');

export const SERVICE: Commands = {
  'service create': [
    ONE,
    'd,detach q,quiet no-resolve-image name= mode= replicas= p,publish= e,env= constraint=',
    create,
  ],
  'service update': [ONE, 'd,detach q,quiet force image= replicas= publish-add=', update],
  'service scale': [SOME, 'd,detach', scale],
  'service ls': [NONE, 'q,quiet f,filter= format=', ls],
  'service ps': [SOME, 'q,quiet f,filter= format=', ps],
  'service rm': [SOME, '', (call) => each(call, (name) => serviceRemove(call.engine, name))],
};
