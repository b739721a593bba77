// A service's spec as the service of a Compose file: the way back from what compose/service.ts makes of one. Pure.
import type {
  ConfigReference,
  ContainerSpec,
  FileTarget,
  Mount,
  NetworkAttachment,
  PublishedPort,
  ServiceMode,
  ServiceSpec,
  TaskSpec,
  UpdateConfig,
} from '../compose/spec.ts';
import type { ApiService } from '../engine/stack-calls.ts';
import { labelsBut, literal, pairs, set, type UsedData, type UsedNetwork } from './export-parts.ts';
import { DEPLOYMENT, IMAGE, REGISTRY } from './labels.ts';
import { nameOf } from './observe.ts';

export interface Names {
  /** By id. */
  networkNames: ReadonlyMap<string, string>;
  /** By name. */
  networks: ReadonlyMap<string, UsedNetwork>;
  configs: ReadonlyMap<string, UsedData>;
  secrets: ReadonlyMap<string, UsedData>;
}

interface Around extends Names {
  /** Keys of volumes, by name. */
  volumes: ReadonlyMap<string, string>;
  digests: boolean;
}

type Or<T> = { [K in keyof T]?: T[K] | null };

export function exportService(service: ApiService, around: Around): object {
  const spec = service.Spec as unknown as Or<ServiceSpec>;
  const task = (spec.TaskTemplate ?? {}) as Or<TaskSpec>;
  const container = (task.ContainerSpec ?? {}) as Or<ContainerSpec>;
  return set({
    image: imageOf(container.Image ?? '', spec.Labels?.[IMAGE], around),
    ...containerOf(container),
    configs: filesOf(container.Configs, 'ConfigID', around.configs),
    secrets: filesOf(container.Secrets, 'SecretID', around.secrets),
    volumes: listed(container.Mounts, (mount) => mountOf(mount, around)),
    networks: networksOf(task.Networks, { ...around, service: nameOf(service) }),
    logging: task.LogDriver
      ? set({ driver: textIn(task.LogDriver.Name), options: pairs(task.LogDriver.Options ?? {}) })
      : undefined,
    ports: listed(spec.EndpointSpec?.Ports, portOf),
    deploy: deployOf(spec, task),
  })!;
}

/** As the file named it, while that is what runs; with its digest where that is asked for. */
function imageOf(runs: string, named: string | undefined, { digests }: Pick<Around, 'digests'>): string {
  const [plain = ''] = runs.split('@');
  return literal(digests ? runs : named !== undefined && named.split('@')[0] === plain ? named : plain);
}

const textIn = (text: string | null | undefined): string | undefined => (text ? literal(text) : undefined);

function listed<T, R>(list: readonly T[] | null | undefined, to: (one: T) => R): R[] | undefined {
  return list && list.length > 0 ? list.map(to) : undefined;
}

const texts = (list: readonly string[] | null | undefined): string[] | undefined => listed(list, literal);

function containerOf(container: Or<ContainerSpec>): Record<string, unknown> {
  const { DNSConfig: dns, Privileges: privileges } = container;
  const { Config, File, Registry } = privileges?.CredentialSpec ?? {};
  return {
    entrypoint: texts(container.Command),
    command: texts(container.Args),
    hostname: textIn(container.Hostname),
    environment: texts(container.Env),
    working_dir: textIn(container.Dir),
    user: textIn(container.User),
    group_add: texts(container.Groups),
    credential_spec: set({ config: textIn(Config), file: textIn(File), registry: textIn(Registry) }),
    init: container.Init,
    tty: container.TTY || undefined,
    stdin_open: container.OpenStdin || undefined,
    read_only: container.ReadOnly || undefined,
    stop_signal: textIn(container.StopSignal),
    stop_grace_period: duration(container.StopGracePeriod),
    healthcheck: healthOf(container.Healthcheck),
    extra_hosts: listed(container.Hosts, (line) => literal(line.replace(/^(\S+) (.*)$/, '$2:$1'))),
    dns: texts(dns?.Nameservers),
    dns_search: texts(dns?.Search),
    dns_opt: texts(dns?.Options),
    isolation: container.Isolation === 'default' ? undefined : textIn(container.Isolation),
    sysctls: pairs(container.Sysctls ?? {}),
    cap_add: texts(container.CapabilityAdd),
    cap_drop: texts(container.CapabilityDrop),
    ulimits: container.Ulimits?.length
      ? Object.fromEntries(container.Ulimits.map(({ Name, Soft, Hard }) => [Name, { soft: Soft, hard: Hard }]))
      : undefined,
    oom_score_adj: container.OomScoreAdj || undefined,
    labels: labelsBut(container.Labels),
  };
}

/** `ns` in the largest unit that divides it. */
function duration(ns: number | null | undefined): string | undefined {
  if (ns === null || ns === undefined) return undefined;
  const [unit, size] = (
    [
      ['h', 3_600e9],
      ['m', 60e9],
      ['s', 1e9],
      ['ms', 1e6],
      ['us', 1e3],
    ] as const
  ).find(([, size]) => ns % size === 0) ?? ['ns', 1];
  return ns === 0 ? '0s' : `${ns / size}${unit}`;
}

function healthOf(check: ContainerSpec['Healthcheck'] | null): object | undefined {
  if (!check) return undefined;
  if (check.Test?.length === 1 && check.Test[0] === 'NONE') return { disable: true };
  return set({
    test: texts(check.Test),
    interval: duration(check.Interval),
    timeout: duration(check.Timeout),
    retries: check.Retries,
    start_period: duration(check.StartPeriod),
    start_interval: duration(check.StartInterval),
  });
}

type Reference = Partial<ConfigReference> & { SecretID?: string; File?: FileTarget | null };

/** A credential spec has no file. */
function filesOf(
  references: readonly object[] | null | undefined,
  id: 'ConfigID' | 'SecretID',
  used: ReadonlyMap<string, UsedData>,
): object[] | undefined {
  const found = ((references ?? []) as Reference[]).flatMap((reference) => {
    const source = used.get(reference[id] ?? '')?.key;
    const { File: file } = reference;
    if (source === undefined || !file) return [];
    const { Name, UID, GID, Mode } = file;
    return [{ source, target: literal(Name), uid: literal(UID), gid: literal(GID), mode: octal(Mode) }];
  });
  return found.length === 0 ? undefined : found;
}

/** Files have modes in octal, which reads so with quotes and without. */
const octal = (mode: number): string => `0${mode.toString(8)}`;

function mountOf(mount: Mount, { volumes }: Around): object {
  const { Type, Source, Target, ReadOnly, Consistency, BindOptions, VolumeOptions, TmpfsOptions } = mount;
  const mode = TmpfsOptions?.Mode;
  return set({
    type: Type,
    source: textIn(Type === 'volume' ? volumes.get(Source ?? '') : Source),
    target: textIn(Target),
    read_only: ReadOnly || undefined,
    consistency: textIn(Consistency),
    bind: set({ propagation: textIn(BindOptions?.Propagation) }),
    volume: set({ nocopy: VolumeOptions?.NoCopy || undefined, subpath: textIn(VolumeOptions?.Subpath) }),
    tmpfs: set({ size: TmpfsOptions?.SizeBytes || undefined, mode: mode || undefined }),
  })!;
}

/** Each service has its own name in each network. */
function networksOf(
  attached: readonly NetworkAttachment[] | null | undefined,
  { networkNames, networks, service }: Around & { service: string },
): object | undefined {
  if (!attached?.length) return undefined;
  return Object.fromEntries(
    attached.map(({ Target, Aliases, DriverOpts }) => {
      const own = Aliases?.lastIndexOf(service) ?? -1;
      const aliases = own < 0 ? Aliases : Aliases?.filter((_, n) => n !== own);
      const said = set({ aliases: texts(aliases), driver_opts: pairs(DriverOpts ?? {}) });
      return [networks.get(networkNames.get(Target) ?? Target)?.key ?? Target, said ?? null];
    }),
  );
}

const portOf = ({ Name, Protocol, TargetPort, PublishedPort: published, PublishMode }: PublishedPort): object =>
  set({
    name: textIn(Name),
    target: TargetPort,
    published: published || undefined,
    protocol: Protocol === 'tcp' ? undefined : Protocol,
    mode: PublishMode === 'ingress' ? undefined : PublishMode,
  })!;

const MODES = [
  ['ReplicatedJob', 'replicated-job'],
  ['GlobalJob', 'global-job'],
  ['Global', 'global'],
] as const;

function deployOf(spec: Or<ServiceSpec>, task: Or<TaskSpec>): object | undefined {
  const mode = (spec.Mode ?? {}) as Or<ServiceMode>;
  const isJob = Boolean(mode.ReplicatedJob ?? mode.GlobalJob);
  const policy = task.RestartPolicy;
  const { Limits: limits, Reservations: reservations } = task.Resources ?? {};
  return set({
    mode: MODES.find(([key]) => mode[key])?.[1],
    replicas: mode.ReplicatedJob?.TotalCompletions ?? mode.Replicated?.Replicas,
    labels: labelsBut(spec.Labels, IMAGE, DEPLOYMENT, REGISTRY),
    endpoint_mode: spec.EndpointSpec?.Mode === 'dnsrr' ? 'dnsrr' : undefined,
    placement: set({
      constraints: texts(task.Placement?.Constraints),
      preferences: listed(task.Placement?.Preferences, ({ Spread: { SpreadDescriptor: spread } }) => ({
        spread: literal(spread),
      })),
      max_replicas_per_node: task.Placement?.MaxReplicas || undefined,
    }),
    resources: set({
      limits: set({
        cpus: cpus(limits?.NanoCPUs),
        memory: limits?.MemoryBytes || undefined,
        pids: limits?.Pids || undefined,
      }),
      reservations: set({
        cpus: cpus(reservations?.NanoCPUs),
        memory: reservations?.MemoryBytes || undefined,
        generic_resources: listed(
          reservations?.GenericResources?.filter(({ DiscreteResourceSpec: discrete }) => discrete),
          ({ DiscreteResourceSpec: discrete }) => ({
            discrete_resource_spec: { kind: literal(discrete!.Kind), value: discrete!.Value },
          }),
        ),
      }),
    }),
    restart_policy: policy
      ? set({
          condition: policy.Condition || undefined,
          delay: duration(policy.Delay),
          max_attempts: policy.MaxAttempts || undefined,
          window: duration(policy.Window || undefined),
        })
      : undefined,
    update_config: isJob ? undefined : updateOf(spec.UpdateConfig),
    rollback_config: isJob ? undefined : updateOf(spec.RollbackConfig),
  });
}

/** Digits after the point, since an exponent is none that files have. */
const cpus = (nano: number | null | undefined): string | undefined =>
  nano ? (nano / 1e9).toFixed(9).replace(/\.?0+$/, '') : undefined;

const updateOf = (config: UpdateConfig | null | undefined): object | undefined =>
  config
    ? set({
        parallelism: config.Parallelism ?? 0,
        delay: duration(config.Delay || undefined),
        failure_action: config.FailureAction || undefined,
        monitor: duration(config.Monitor || undefined),
        max_failure_ratio: config.MaxFailureRatio || undefined,
        order: config.Order || undefined,
      })
    : undefined;
