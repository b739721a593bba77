// Whether a service is what a file asks for. The engine fills in defaults, replaces names by ids and pins images: what only differs in
// that is the same.
import type { ServiceSpec } from '../compose/spec.ts';
import type { ApiService } from '../engine/stack-calls.ts';
import { DEPLOYMENT, IMAGE, REGISTRY } from './labels.ts';

/** A spec as the engine gives it. */
export type EngineSpec = ApiService['Spec'];

type Fields = Readonly<Record<string, unknown>>;

const fieldsOf = (value: unknown): Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {};

/** Here 0 is not the same as nothing: without them there are defaults. */
const ZERO_COUNTS = new Set(['Replicas', 'StopGracePeriod', 'RestartPolicy.Delay']);
const FALSE_COUNTS = new Set(['Init']);
/** What the engine takes where nothing is said, and in some versions writes down. */
const DEFAULTS: Fields = {
  Isolation: 'default',
  Protocol: 'tcp',
  PublishMode: 'ingress',
  Order: 'stop-first',
  FailureAction: 'pause',
  'RestartPolicy.Condition': 'any',
  'EndpointSpec.Mode': 'vip',
};

/** The value without what says nothing; undefined when nothing is left. */
function bare(value: unknown, key: string, parent: string): unknown {
  const path = `${parent}.${key}`;
  if (value === null || value === undefined || value === '') return undefined;
  if (value === 0) return ZERO_COUNTS.has(key) || ZERO_COUNTS.has(path) ? 0 : undefined;
  if (value === false) return FALSE_COUNTS.has(key) ? false : undefined;
  if (typeof value !== 'object') return value === (DEFAULTS[path] ?? DEFAULTS[key]) ? undefined : value;
  if (Array.isArray(value)) return value.length === 0 ? undefined : value.map((each) => bare(each, '', key) ?? null);
  const kept = Object.entries(value).flatMap(([name, each]) => {
    const left = isFree(key) ? each : bare(each, name, key);
    return left === undefined ? [] : [[name, left] as const];
  });
  return kept.length === 0 ? undefined : Object.fromEntries(kept.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Keys of labels and options are the user's own words. */
const isFree = (key: string): boolean => /^(Labels|Options|Sysctls)$/.test(key);

/** Parts of a spec by what people call them, in the order in which they are told. */
const PARTS: readonly (readonly [name: string, path: readonly string[]])[] = [
  ['image', ['TaskTemplate', 'ContainerSpec', 'Image']],
  ['entrypoint', ['TaskTemplate', 'ContainerSpec', 'Command']],
  ['command', ['TaskTemplate', 'ContainerSpec', 'Args']],
  ['environment', ['TaskTemplate', 'ContainerSpec', 'Env']],
  ['configs', ['TaskTemplate', 'ContainerSpec', 'Configs']],
  ['secrets', ['TaskTemplate', 'ContainerSpec', 'Secrets']],
  ['volumes', ['TaskTemplate', 'ContainerSpec', 'Mounts']],
  ['healthcheck', ['TaskTemplate', 'ContainerSpec', 'Healthcheck']],
  ['container labels', ['TaskTemplate', 'ContainerSpec', 'Labels']],
  ['container', ['TaskTemplate', 'ContainerSpec']],
  ['networks', ['TaskTemplate', 'Networks']],
  ['resources', ['TaskTemplate', 'Resources']],
  ['restart policy', ['TaskTemplate', 'RestartPolicy']],
  ['placement', ['TaskTemplate', 'Placement']],
  ['logging', ['TaskTemplate', 'LogDriver']],
  ['task', ['TaskTemplate']],
  ['mode', ['Mode']],
  ['update config', ['UpdateConfig']],
  ['rollback config', ['RollbackConfig']],
  ['ports', ['EndpointSpec']],
  ['labels', ['Labels']],
];

/** The parts without what says nothing. What a part before has taken is not in a later one. */
function partsOf(spec: EngineSpec | ServiceSpec): Map<string, unknown> {
  const rest = structuredClone(spec) as Record<string, unknown>;
  const task = fieldsOf(rest['TaskTemplate']) as Record<string, unknown>;
  delete task['Runtime'];
  delete task['ForceUpdate'];
  delete (fieldsOf(task['Placement']) as Record<string, unknown>)['Platforms'];
  const labels = fieldsOf(rest['Labels']) as Record<string, unknown>;
  delete labels[DEPLOYMENT];
  delete labels[REGISTRY];
  const mode = fieldsOf(rest['Mode']);
  // Global modes are empty objects, which would count as nothing.
  rest['Mode'] = { kind: Object.keys(mode).find((key) => mode[key] !== null) ?? 'Replicated', ...withReplicas(mode) };
  const parts = new Map<string, unknown>();
  for (const [name, path] of PARTS) {
    const parent = path.slice(0, -1).reduce<Fields>((at, key) => fieldsOf(at[key]), rest);
    const key = path.at(-1)!;
    parts.set(name, bare(parent[key], key, path.at(-2) ?? ''));
    delete (parent as Record<string, unknown>)[key];
  }
  return parts;
}

function withReplicas(mode: Fields): Fields {
  if (mode['Replicated'] === undefined) return mode;
  const { Replicas: replicas } = fieldsOf(mode['Replicated']);
  return { Replicated: { Replicas: replicas ?? 1 } };
}

/** A part that differs, as it is and as it is to be: undefined where it says nothing. */
export interface ChangedPart {
  part: string;
  before: unknown;
  after: unknown;
}

export function changedParts(
  now: EngineSpec,
  wanted: ServiceSpec,
  networkNames: ReadonlyMap<string, string>,
): ChangedPart[] {
  const had = partsOf(withNames(now, wanted, networkNames));
  const gets = partsOf(wanted);
  const isSame = (part: string) => JSON.stringify(had.get(part)) === JSON.stringify(gets.get(part));
  // The label that says which image it is says nothing more than that.
  if (!isSame('image')) for (const parts of [had, gets]) parts.set('labels', withoutImage(parts.get('labels')));
  return PARTS.filter(([part]) => !isSame(part)).map(([part]) => ({
    part,
    before: had.get(part),
    after: gets.get(part),
  }));
}

const withoutImage = (labels: unknown): unknown => {
  const { [IMAGE]: _, ...others } = fieldsOf(labels);
  return bare(others, 'Labels', '');
};

/** What changes: the part, and where it is no secret, what it was and will be: `replicas 2 → 4`. */
export function inWords(part: string, now: EngineSpec, wanted: ServiceSpec): string {
  const [had, gets] = [now, wanted].map((spec) =>
    part === 'mode' ? replicasOf(spec) : part === 'image' ? imageOf(spec) : '',
  );
  if (!had || !gets || had === gets) return part;
  return `${part === 'mode' ? 'replicas' : part} ${had} → ${gets}`;
}

function replicasOf(spec: EngineSpec | ServiceSpec): string | undefined {
  const { Replicated: replicated } = fieldsOf((spec as Fields)['Mode']);
  return replicated === undefined || replicated === null ? undefined : String(fieldsOf(replicated)['Replicas'] ?? 1);
}

/** Without the digest, which nobody reads. */
function imageOf({ TaskTemplate: task }: EngineSpec | ServiceSpec): string {
  const { ContainerSpec: container } = task as Fields;
  return String(fieldsOf(container)['Image'] ?? '').split('@')[0]!;
}

interface Attached {
  Target?: string;
}

/** The engine keeps networks by id. One that is only known to the engine is taken for the one that was asked for. */
function withNames(now: EngineSpec, wanted: ServiceSpec, names: ReadonlyMap<string, string>): EngineSpec {
  const networks = now.TaskTemplate['Networks'] as Attached[] | null | undefined;
  if (!networks) return now;
  const asked = wanted.TaskTemplate.Networks ?? [];
  const named = networks.map((network, n) => ({
    ...network,
    Target: names.get(network.Target ?? '') ?? asked[n]?.Target ?? network.Target,
  }));
  return { ...now, TaskTemplate: { ...now.TaskTemplate, Networks: named } };
}

/**
 * A change of any other part replaces tasks: swarmkit's IsTaskDirty compares the spec of the task and its ports. Other placement
 * replaces those alone that run where they may not any more.
 */
const KEEPS_TASKS = new Set(['mode', 'update config', 'rollback config', 'placement', 'labels']);

export const restartsTasks = (parts: readonly ChangedPart[]): boolean =>
  parts.some(({ part }) => !KEEPS_TASKS.has(part));
