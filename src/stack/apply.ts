// Carries out a plan: networks, configs and secrets, then the services in their order.
import type { ServiceSpec } from '../compose/spec.ts';
import type { Context } from '../context.ts';
import { EngineError, isCutOff, isLate } from '../engine/engine.ts';
import type { ApiData, ApiService, Kind, StackEngine } from '../engine/stack-calls.ts';
import { changeService } from './change.ts';
import type { Platform } from './eligible.ts';
import type { Images, PinnedImage } from './images.ts';
import { DEPLOYMENT, SALT, STACK } from './labels.ts';
import { saltName } from './names.ts';
import type { ServicePlan, StackPlan } from './plan.ts';
import { portsOf } from './ports.ts';
import { credentialsFor, withRegistry } from './registry-label.ts';
import { removeServices } from './remove.ts';

/** What became of a service. */
export interface Applied {
  name: string;
  /** The engine refused it. */
  error?: unknown;
  /** This run changed it. */
  changed: boolean;
}

/** How far a run got, while it is at work. */
export interface Progress {
  /** Marks the services that are changed. */
  readonly mark: string;
  readonly applied: Applied[];
  /** The ids of services that were removed. */
  readonly removed: Set<string>;
}

interface Means {
  /** Called before a service is sent, and gives it as it is to be sent by then. @throws where it cannot be */
  ready(service: ServicePlan): Promise<ServicePlan>;
  images: Images;
}

/**
 * Sends what the plan says. What all services need comes first, and its failure ends it; a service's own failure does not hold up the others.
 * Of what the plan removes, only that goes whose port one of its services is to have.
 * @throws EngineError
 */
export async function apply(
  context: Context,
  engine: StackEngine,
  plan: StackPlan,
  { mark: deployment, applied, removed }: Progress,
  { ready, images }: Means,
): Promise<void> {
  const { out } = context;
  const ids = await createParts(context, engine, plan);
  for (const service of plan.services) {
    if (service.now && service.changes.length === 0) {
      applied.push({ name: service.name, changed: false });
      continue;
    }
    const inTheWay = plan.removals.filter(({ ports = [] }) =>
      ports.some((port) => portsOf(service.spec).includes(port)),
    );
    try {
      const fresh = await ready(service);
      await removeServices(context, engine, inTheWay, removed);
      await send(context, engine, fresh, { ids, images, deployment });
      const what = service.now ? 'updated' : 'created';
      out.tell(what, { kind: 'service', name: service.name }, `${what} service ${service.name}`);
      applied.push({ name: service.name, changed: true });
    } catch (error) {
      context.signal.throwIfAborted();
      applied.push({ name: service.name, changed: false, error });
    }
  }
  images.tell();
}

/** The images of what the plan sends. */
export const imagesOf = ({ services }: StackPlan): string[] =>
  services
    .filter(({ now, changes }) => !now || changes.length > 0)
    .map(({ spec }) => spec.TaskTemplate.ContainerSpec.Image);

/** Creates what services refer to. Gives the ids of configs and secrets by kind and name. */
async function createParts({ out }: Context, engine: StackEngine, plan: StackPlan): Promise<Map<string, string>> {
  const { stack, newSalt, networks, data } = plan;
  const ids = new Map<string, string>();
  for (const { name, body } of networks) {
    await createOnce(engine, 'networks', { ...body, Name: name, CheckDuplicate: true });
    out.tell('created', { kind: 'network', name }, `created network ${name}`);
  }
  if (newSalt) {
    const labels = { [STACK]: stack, [SALT]: 'hashes the contents of configs and secrets into their names' };
    await engine.create('configs', { Name: saltName(stack), Labels: labels, Data: newSalt.toString('base64') });
  }
  for (const { kind, name, body } of data) {
    ids.set(`${kind} ${name}`, await createOnce(engine, `${kind}s`, body));
    out.tell('created', { kind, name }, `created ${kind} ${name}`);
  }
  return ids;
}

/** Another run may have made it a moment ago, or this one whose answer got lost: what has the name is what was to be. Gives the id. */
export const createOnce = (engine: StackEngine, kind: Exclude<Kind, 'services'>, body: object): Promise<string> =>
  createNamed(engine, kind, body, {});

interface Creating {
  /** For the registry of a service's image. */
  auth?: object | undefined;
  /** Whether what has the name is what was to be created. */
  isIt?: (found: { Spec?: ApiService['Spec'] | ApiData['Spec'] }) => boolean;
}

/** Once more where the answer got lost and nothing has the name: that lets in only one. Gives the id. */
async function createNamed(
  engine: StackEngine,
  kind: Kind,
  body: object,
  { auth, isIt = () => true }: Creating,
): Promise<string> {
  for (let lost = 0; ; ) {
    try {
      return await engine.create(kind, body, auth);
    } catch (error) {
      const isLost = isCutOff(error) || isLate(error);
      if (!isLost && !isConflict(error)) throw error;
      const { Name: name } = body as { Name: string };
      const found = await named(engine, kind, name);
      if (found && isIt(found)) return found.id;
      if (found || !isLost || ++lost > 1) throw error;
    }
  }
}

const isConflict = (error: unknown): boolean => error instanceof EngineError && error.status === 409;

async function named(
  engine: StackEngine,
  kind: Kind,
  name: string,
): Promise<{ id: string; Spec?: ApiService['Spec'] | ApiData['Spec'] } | undefined> {
  if (kind === 'networks') {
    const network = (await engine.networks()).find(({ Name }) => Name === name);
    return network && { id: network.Id };
  }
  const found = (await engine[kind]()).find(({ Spec }) => Spec.Name === name);
  return found && { id: found.ID, Spec: found.Spec };
}

interface Sending {
  ids: ReadonlyMap<string, string>;
  images: Images;
  deployment: string;
}

async function send(context: Context, engine: StackEngine, service: ServicePlan, sending: Sending): Promise<void> {
  const { spec, now } = service;
  const image = await sending.images.pinned(spec.TaskTemplate.ContainerSpec.Image, service.name);
  const { auth, label } = credentialsFor(context, { image: image.reference, credentials: image.credentials, now });
  const ready = withRegistry(finished(spec, image, sending), label);
  if (!now) {
    await createNamed(engine, 'services', ready, {
      auth,
      isIt: ({ Spec }) => Spec?.Labels?.[DEPLOYMENT] === sending.deployment,
    });
    return;
  }
  await changeService(engine, now, { mark: sending.deployment, specOf: () => ready, auth });
}

/** The spec with all ids, the image to use and this deployment's mark. */
function finished(
  spec: ServiceSpec,
  { reference, platforms }: PinnedImage,
  { ids, deployment }: Pick<Sending, 'ids' | 'deployment'>,
): ServiceSpec {
  const { ContainerSpec: container } = spec.TaskTemplate;
  const configs = container.Configs?.map((each) => ({
    ...each,
    ConfigID: each.ConfigID || (ids.get(`config ${each.ConfigName}`) ?? ''),
  }));
  const secrets = container.Secrets?.map((each) => ({
    ...each,
    SecretID: each.SecretID || (ids.get(`secret ${each.SecretName}`) ?? ''),
  }));
  const filled = {
    ...container,
    Image: reference,
    ...(configs && { Configs: configs }),
    ...(secrets && { Secrets: secrets }),
  };
  const placed = platforms.length > 0 && {
    Placement: { ...spec.TaskTemplate.Placement, Platforms: platforms.map(inSwarm) },
  };
  return {
    ...spec,
    Labels: { ...spec.Labels, [DEPLOYMENT]: deployment },
    TaskTemplate: { ...spec.TaskTemplate, ...placed, ContainerSpec: filled },
  };
}

/** As docker's client sends it: of arm, nodes and images name different variants (moby/swarmkit#2294). */
const inSwarm = ({ os, architecture }: Platform) => ({
  OS: os,
  Architecture: architecture === 'arm' ? '' : architecture,
});
