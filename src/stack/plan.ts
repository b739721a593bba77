// What has to be done so that a swarm runs a stack as its files say. Pure.
import type { Dependency, DesiredNetwork, DesiredService, DesiredStack } from '../compose/desired.ts';
import type { ServiceSpec } from '../compose/spec.ts';
import type { ApiNetwork, ApiService } from '../engine/stack-calls.ts';
import { BeltError } from '../errors.ts';
import { isContentName } from '../images/reference.ts';
import { type ChangedPart, changedParts, inWords, restartsTasks } from './compare.ts';
import { keptOf, notInFiles } from './extra.ts';
import { withKeepalive } from './keepalive.ts';
import { IMAGE, isOf } from './labels.ts';
import type { Existing, Removal } from './observe.ts';
import { type DataPlan, missing, type NewData, planData } from './plan-data.ts';
import { unused } from './unused.ts';

export interface ServicePlan {
  /** Without the stack's name. */
  name: string;
  /** As the engine is to have it; ids of what is yet to be created are missing. */
  spec: ServiceSpec;
  /** The service as it is; undefined where it is created. */
  now: ApiService | undefined;
  /** What changes, in people's words; empty where nothing does. */
  changes: string[];
  /** The parts that differ, with their values. */
  parts: ChangedPart[];
  /** It gets a sysctl that its file does not name. */
  isKeptAlive: boolean;
  /** It stays with the content that was pushed for its image. */
  isPushed: boolean;
  /** Its image is yet to be built, and not compared. */
  isUnbuilt: boolean;
  /** Services that have to be healthy, or to have completed, before it is sent. */
  waitsFor: Dependency[];
}

export interface StackPlan {
  stack: string;
  networks: DesiredNetwork[];
  /** The key of the hashes, where the stack has none yet. */
  newSalt: Buffer | undefined;
  data: NewData[];
  /** The names that the files' configs and secrets have in the swarm. */
  dataNames: ReadonlySet<string>;
  /** In the order in which they depend on each other. */
  services: ServicePlan[];
  /** Of the stack, and not in its files. */
  removals: Removal[];
  /** Configs and secrets that belt made and that nothing uses any more: they go without being asked for. */
  unused: Removal[];
  /** Services of the files that run while their profile is not chosen: they stay as they are. */
  inactive: string[];
  /** What would be removed if that was asked for. */
  extra: Removal[];
  /** What cannot be changed as the files say, a sentence each. */
  left: string[];
  /** What cannot run, a sentence each. */
  stuck: string[];
  /** Whose credentials are sent with which services, a sentence each. */
  sent: string[];
}

export interface PlanOptions {
  prune: boolean;
  /** Hashes contents where the stack has no key yet. */
  freshSalt: Buffer;
  /** ms since the epoch. */
  nowMs: number;
}

/** Whether what there is of the stack has nothing in common with its files: those may be another stack's. */
export const isAnother = ({ services, removals }: StackPlan): boolean =>
  services.every(({ now }) => !now) && removals.some(({ kind }) => kind === 'services');

export const isNothing = ({ networks, data, services, removals, unused: gone }: StackPlan): boolean =>
  networks.length + data.length + removals.length + gone.length === 0 &&
  services.every(({ now, changes }) => now && changes.length === 0);

/** @throws BeltError where something has to exist already and does not */
export function planStack(
  wanted: DesiredStack,
  existing: Existing,
  { prune, freshSalt, nowMs }: PlanOptions,
): StackPlan {
  const stack = wanted.name;
  const salt = existing.salt ?? freshSalt;
  const configs = planData(stack, 'config', wanted.configs, existing.configs, salt);
  const secrets = planData(stack, 'secret', wanted.secrets, existing.secrets, salt);
  const data = [...configs.create, ...secrets.create];
  const networks = planNetworks(wanted.networks, existing.networks);
  const names = new Map(existing.networks.map(({ Id, Name }) => [Id, Name]));
  const services = inOrder(wanted.services).map((service) => {
    const spec = withReferences(service, configs, secrets);
    return planService(stack, service, spec, existing, names);
  });
  const extra = notInFiles(wanted, existing);
  const references = [...configs.references.values(), ...secrets.references.values()];
  const dataNames = new Set(references.map(({ name }) => name));
  return {
    stack,
    networks,
    newSalt: existing.salt || data.length === 0 ? undefined : salt,
    data,
    dataNames,
    services,
    removals: prune ? extra : [],
    unused: unused(existing, { stack, dataNames }, { nowMs }),
    inactive: keptOf(wanted, existing).map(({ Spec }) => Spec.Name),
    extra: prune ? [] : extra,
    left: [...configs.left, ...secrets.left],
    stuck: [],
    sent: [],
  };
}

/** These are in every swarm, or made by every engine. */
const PREDEFINED = new Set(['host', 'bridge', 'none', 'ingress']);

function planNetworks(wanted: readonly DesiredNetwork[], existing: readonly ApiNetwork[]): DesiredNetwork[] {
  const names = new Set(existing.map(({ Name }) => Name));
  const absent = wanted.filter(({ name }) => !names.has(name));
  const unknown = absent.find(({ name, external }) => external && !PREDEFINED.has(name));
  if (unknown) throw missing('network', unknown.name);
  return absent.filter(({ external }) => !external);
}

/** The spec with the names and ids that configs and secrets have in the swarm. */
function withReferences({ spec, ...keys }: DesiredService, configs: DataPlan, secrets: DataPlan): ServiceSpec {
  const { ContainerSpec: container } = spec.TaskTemplate;
  const { Configs: ofConfigs, Secrets: ofSecrets } = container;
  const config = (name: string, n: number) => configs.references.get(keys.configs[n]?.key ?? '') ?? { name, id: '' };
  const secret = (name: string, n: number) => secrets.references.get(keys.secrets[n]?.key ?? '') ?? { name, id: '' };
  const filled = {
    ...container,
    ...(ofConfigs && {
      Configs: ofConfigs.map((each, n) => {
        const { name, id } = config(each.ConfigName, n);
        return { ...each, ConfigName: name, ConfigID: id };
      }),
    }),
    ...(ofSecrets && {
      Secrets: ofSecrets.map((each, n) => {
        const { name, id } = secret(each.SecretName, n);
        return { ...each, SecretName: name, SecretID: id };
      }),
    }),
  };
  return { ...spec, TaskTemplate: { ...spec.TaskTemplate, ContainerSpec: filled } };
}

function planService(
  stack: string,
  { name, dependsOn, isUnbuilt = false }: DesiredService,
  wanted: ServiceSpec,
  existing: Existing,
  networkNames: ReadonlyMap<string, string>,
): ServicePlan {
  const waitsFor = dependsOn.filter(({ condition }) => condition !== 'service_started');
  const now = existing.services.find(({ Spec }) => Spec.Name === wanted.Name);
  if (!now) {
    const { spec, isNew } = withKeepalive(wanted, now, false);
    return { name, spec, now, changes: [], parts: [], isKeptAlive: isNew, isPushed: false, isUnbuilt, waitsFor };
  }
  if (!isOf(now.Spec.Labels, stack)) {
    throw new BeltError(`the swarm has a service ${wanted.Name} that is not of the stack ${stack}`, {
      hint: 'deploy under another name: belt deploy NAME',
    });
  }
  const plain = withImage(wanted, now);
  const restarts = restartsTasks(changedParts(now.Spec, plain, networkNames));
  const { spec, isNew } = withKeepalive(plain, now, restarts);
  const parts = changedParts(now.Spec, spec, networkNames);
  const changes = parts.map(({ part }) => inWords(part, now.Spec, spec));
  // It ends no update of its own accord: the same spec once more does.
  const isPaused = /^(paused|rollback_paused)$/.test(now.UpdateStatus?.State ?? '');
  return {
    name,
    spec,
    now,
    parts,
    isKeptAlive: isNew,
    isPushed: !isUnbuilt && isContentName(spec.TaskTemplate.ContainerSpec.Image) && !isContentName(imageOf(wanted)),
    isUnbuilt,
    waitsFor,
    changes: isPaused && changes.length === 0 ? ['nothing, but go on with its paused update'] : changes,
  };
}

const imageOf = ({ TaskTemplate: { ContainerSpec: container } }: ServiceSpec): string => container.Image;

/** While the file names the same image, the one that runs stays, pinned or pushed as it is; and so does what somebody forced to restart. */
function withImage(wanted: ServiceSpec, { Spec: now }: ApiService): ServiceSpec {
  const { ForceUpdate: forced, Placement: placement } = now.TaskTemplate;
  const { Image: runs } = (now.TaskTemplate['ContainerSpec'] ?? {}) as { Image?: string };
  const asked = imageOf(wanted);
  const isItself = runs?.split('@')[0] === asked.split('@')[0];
  // No registry has what was pushed: the name in the file may be anybody's there.
  const isPushed = runs !== undefined && isContentName(runs) && !isContentName(asked);
  const isSame = now.Labels?.[IMAGE] === wanted.Labels[IMAGE] && (isItself || isPushed);
  const { Platforms: platforms } = (placement ?? {}) as { Platforms?: unknown };
  const task = {
    ...wanted.TaskTemplate,
    ...(forced !== undefined && { ForceUpdate: forced }),
    ...(isSame && platforms !== undefined && { Placement: { ...wanted.TaskTemplate.Placement, Platforms: platforms } }),
    ContainerSpec: { ...wanted.TaskTemplate.ContainerSpec, Image: isSame ? runs! : asked },
  };
  return { ...wanted, TaskTemplate: task };
}

/** What others depend on comes first; of a circle, the one that the files name first. */
export function inOrder(services: readonly DesiredService[]): DesiredService[] {
  const done = new Set<DesiredService>();
  const visit = (service: DesiredService): void => {
    if (done.has(service)) return;
    seen.add(service);
    for (const { service: name } of service.dependsOn) {
      const other = services.find((one) => one.name === name);
      if (other && !seen.has(other)) visit(other);
    }
    done.add(service);
  };
  const seen = new Set<DesiredService>();
  for (const service of services) visit(service);
  return [...done];
}
