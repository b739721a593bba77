// A Compose file of what runs: each part of a spec written as the file would say it that has it. Whether that is so is not assumed: the file
// is read again and compared with the swarm as a deployment would (compare.ts), and what differs is told. Pure.
import { readStack } from '../compose/stack.ts';
import type { ApiData, ApiService } from '../engine/stack-calls.ts';
import { exportData, exportNetwork, exportVolumes, networksIn, unique } from './export-parts.ts';
import { exportService, type Names } from './export-service.ts';
import { fieldChanges, fieldLine } from './fields.ts';
import { isOf, KEY, SECRET } from './labels.ts';
import { newSalt } from './names.ts';
import { type Existing, nameOf, servicesOf } from './observe.ts';
import { planStack, type StackPlan } from './plan.ts';
import { currentOf } from './versions.ts';

export interface ExportOptions {
  /** Images with the digests that run, not as their files named them. */
  digests: boolean;
  /** ms since the epoch. */
  nowMs: number;
  /** YAML of plain values. */
  stringify: (value: object) => string;
}

export interface Exported {
  name: string;
  services: object;
  networks?: object;
  volumes?: object;
  configs?: object;
  secrets?: object;
}

/** The file, and what of the stack it does not say, a line each. */
export function exportStack(
  stack: string,
  existing: Existing,
  options: ExportOptions,
): { file: Exported; text: string; notes: string[] } {
  const services = servicesOf(existing, stack).toSorted((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));
  const names = namesOf(stack, existing, services);
  const volumes = exportVolumes(stack, services);
  const file: Exported = {
    name: stack,
    services: Object.fromEntries(
      services.map((service) => [
        nameOf(service),
        exportService(service, { ...names, volumes: volumes.keys, ...options }),
      ]),
    ),
    ...section(
      'networks',
      [...names.networks.values()].map((one) => exportNetwork(stack, one)),
    ),
    ...section('volumes', volumes.declared),
    ...section(
      'configs',
      [...names.configs.values()].map((one) => [one.key, exportData(one)]),
    ),
    ...section(
      'secrets',
      [...names.secrets.values()].map((one) => [one.key, exportData(one)]),
    ),
  };
  const text = options.stringify(file);
  return { file, text, notes: [...losses(existing, options, text)] };
}

const section = (name: string, entries: readonly (readonly [string, object])[]): object =>
  entries.length === 0 ? {} : { [name]: Object.fromEntries(entries) };

/** What the services refer to, by id, with the key that the file gives it. */
function namesOf(stack: string, existing: Existing, services: readonly ApiService[]): Names {
  const networks = new Map(existing.networks.map((network) => [network.Id, network]));
  const used = new Set(
    services.flatMap(({ Spec }) =>
      ((Spec.TaskTemplate['Networks'] ?? []) as { Target?: string }[]).flatMap(({ Target = '' }) => {
        const found = networks.get(Target) ?? existing.networks.find(({ Name }) => Name === Target);
        return found ?? [];
      }),
    ),
  );
  const references = (list: 'Configs' | 'Secrets', id: string): Set<string> =>
    new Set(
      services.flatMap(({ Spec }) => {
        const container = Spec.TaskTemplate['ContainerSpec'] as Record<string, Record<string, string>[] | null>;
        return (container?.[list] ?? []).flatMap((each) => each[id] ?? []);
      }),
    );
  const [configIds, secretIds] = [references('Configs', 'ConfigID'), references('Secrets', 'SecretID')];
  const data = (kind: 'configs' | 'secrets', ids: ReadonlySet<string>) => {
    const keys = new Set<string>();
    return new Map(
      existing[kind]
        .filter(({ ID }) => ids.has(ID))
        .map((one) => [
          one.ID,
          { kind, key: unique(keys, keyOf(stack, one)), data: one, stack, as: nameFor(one, existing) },
        ]),
    );
  };
  return {
    networkNames: new Map(existing.networks.map(({ Id, Name }) => [Id, Name])),
    networks: networksIn(stack, used),
    configs: data('configs', configIds),
    secrets: data('secrets', secretIds),
  };
}

/** Of a secret of several versions a file refers to the newest by its plain name. */
function nameFor({ ID, Spec: { Name, Labels } }: ApiData, { secrets }: Pick<Existing, 'secrets'>): string {
  const base = Labels?.[SECRET];
  return base !== undefined && currentOf(base, secrets)?.ID === ID ? base : Name;
}

const keyOf = (stack: string, { Spec: { Name, Labels } }: ApiData): string =>
  Labels?.[KEY] ?? Labels?.[SECRET] ?? (isOf(Labels, stack) ? Name.replace(`${stack}_`, '') : Name);

/** What a deployment of the file into this swarm would change, a line each. */
function* losses(existing: Existing, { nowMs }: ExportOptions, text: string): Iterable<string> {
  const path = '/exported/compose.yaml';
  const read = readStack({
    files: [path],
    cwd: '/exported',
    environment: {},
    readFile: (asked) => (asked === path ? Buffer.from(text) : undefined),
  });
  for (const { severity, service, text: what } of read.findings) {
    if (severity !== 'warning') yield `${service === undefined ? '' : `${service}: `}${what}`;
  }
  const plan = planStack(read, existing, { prune: false, freshSalt: existing.salt ?? newSalt(), nowMs });
  yield* differences(plan);
}

function* differences({ networks, data, services, left }: StackPlan): Iterable<string> {
  for (const { name } of networks) yield `the network ${name} would be created`;
  for (const { kind, name } of data) yield `the ${kind} ${name} would be created`;
  for (const { name, parts } of services) {
    for (const part of parts) {
      const changes = fieldChanges([part], { values: false });
      for (const change of changes) yield `${name}: a deployment would change ${fieldLine(change)}`;
      if (changes.length === 0) yield `${name}: a deployment would change the order of ${part.part}`;
    }
  }
  yield* left;
}
