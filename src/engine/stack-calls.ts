// The calls to a manager about what stacks consist of: services, their tasks, networks, configs and secrets.
import type Docker from 'dockerode';
import { z } from 'zod';
import type { SwarmNode } from '../model/swarm-node.ts';
import { apiNodes, checked, swarmNode } from './answers.ts';
import { dial } from './dial.ts';
import { EngineError } from './error.ts';
import { beginsWithFrame, LogReader, NotALog } from './log-lines.ts';
import type { Call } from './model.ts';

const labels = z.record(z.string(), z.string()).nullish();
const text = z.string().nullish();
const index = z.object({ Index: z.number() });
const spec = z.looseObject({ Name: z.string(), Labels: labels, TaskTemplate: z.looseObject({}) });

const endpointPort = z.object({
  Protocol: text,
  TargetPort: z.number().nullish(),
  PublishedPort: z.number().nullish(),
  PublishMode: text,
});

/** A service as `GET /services` gives it; a change sends the whole spec. */
const apiService = z.object({
  ID: z.string(),
  Version: index,
  CreatedAt: text,
  UpdatedAt: text,
  Spec: spec,
  PreviousSpec: spec.nullish(),
  UpdateStatus: z.object({ State: text, Message: text }).nullish(),
  JobStatus: z.object({ JobIteration: z.object({ Index: z.number().nullish() }).nullish() }).nullish(),
  Endpoint: z.object({ Ports: z.array(endpointPort).nullish() }).nullish(),
  ServiceStatus: z.object({ RunningTasks: z.number().nullish(), DesiredTasks: z.number().nullish() }).nullish(),
});
export type ApiService = z.infer<typeof apiService>;

const apiTask = z.object({
  ID: z.string(),
  CreatedAt: z.string(),
  ServiceID: text,
  NodeID: text,
  Slot: z.number().nullish(),
  DesiredState: z.string(),
  Spec: z.object({ ContainerSpec: z.object({ Image: text }).nullish(), Placement: z.unknown().optional() }).nullish(),
  JobIteration: z.object({ Index: z.number().nullish() }).nullish(),
  Status: z.object({
    State: z.string(),
    Timestamp: text,
    Message: text,
    Err: text,
    ContainerStatus: z.object({ ContainerID: text, ExitCode: z.number().nullish() }).nullish(),
  }),
});
export type ApiStackTask = z.infer<typeof apiTask>;

const flag = z.boolean().nullish();
const apiNetwork = z.object({
  Id: z.string(),
  Name: z.string(),
  Scope: text,
  Driver: text,
  Labels: labels,
  Attachable: flag,
  Internal: flag,
  EnableIPv6: flag,
  Options: labels,
});
export type ApiNetwork = z.infer<typeof apiNetwork>;

const apiData = z.object({
  ID: z.string(),
  CreatedAt: text,
  Spec: z.object({ Name: z.string(), Labels: labels, Data: text, Templating: z.object({ Name: text }).nullish() }),
});
/** A config, or a secret, which never has its data. */
export type ApiData = z.infer<typeof apiData>;

const createdId = z.union([
  z.object({ ID: z.string() }).transform(({ ID }) => ID),
  z.object({ Id: z.string() }).transform(({ Id }) => Id),
]);
const apiImage = z.object({
  Descriptor: z.object({ digest: z.string().regex(/^sha256:[0-9a-f]{64}$/) }),
  Platforms: z.array(z.object({ os: text, architecture: text })).nullish(),
});
const apiHealth = z.object({
  State: z.object({ Health: z.object({ Log: z.array(z.object({ Output: text })).nullish() }).nullish() }).nullish(),
});

export type Kind = 'services' | 'networks' | 'configs' | 'secrets';

/** Whose tasks: all of the swarm's, a stack's, those of removed services among them, or those of services, by their ids; one may be a name. */
export type TasksOf = { stack: string } | { services: readonly string[] } | 'all';

/** An image as its registry has it. */
export interface RegistryImage {
  /** `sha256:…` */
  digest: string;
  platforms: { os: string; architecture: string }[];
}

export interface StackEngine {
  /** Of the whole swarm: configs and secrets are referred to across stacks. `status`: how many of their tasks run, too. */
  services(options?: { status?: boolean }): Promise<ApiService[]>;
  /** `upToDate`: only those that are as their service is now; `wanted`: only those that are to run. None of a service that there is not. */
  tasks(of: TasksOf, options?: { upToDate?: boolean; wanted?: boolean }): Promise<ApiStackTask[]>;
  nodes(): Promise<SwarmNode[]>;
  networks(): Promise<ApiNetwork[]>;
  configs(): Promise<ApiData[]>;
  secrets(): Promise<ApiData[]>;
  /** Gives the id. `body` as the Engine API has it; `auth`: for the registry of a service's image. */
  create(kind: Kind, body: object, auth?: object): Promise<string>;
  /** Without `auth` it keeps what it has for its registry. */
  updateService(service: { id: string; version: number }, spec: object, auth?: object): Promise<void>;
  /** Sets a service back to what it was before its last change. */
  rollbackService(service: ApiService): Promise<void>;
  /** Gives false where there is none any more. */
  remove(kind: Kind, id: string): Promise<boolean>;
  /** The last lines that a task wrote. */
  logs(taskId: string, lines: number): Promise<string[]>;
  /** What the registry says that the reference is now. @throws EngineError where it does not answer */
  imageOf(image: string, auth?: object): Promise<RegistryImage>;
  /** What the last health check of a container on this very node wrote. */
  health(containerId: string): Promise<string | undefined>;
}

const QUERY = { services: '/services', networks: '/networks', configs: '/configs', secrets: '/secrets' } as const;

export const stackCalls = (call: Call, look: Call): StackEngine => {
  const list = <T>(path: string, shape: z.ZodType<T>, query: object = {}): Promise<T[]> =>
    look(
      async (docker, name) =>
        checked(
          name,
          z.array(shape).nullable(),
          await dial(docker, { method: 'GET', path: `${path}?`, options: query }),
        ) ?? [],
    );
  return {
    services: ({ status = false } = {}) => list('/services', apiService, status ? { status: true } : {}),
    tasks: tasksBy((filters) => list('/tasks', apiTask, { filters })),
    nodes: () => look(async (docker, name) => checked(name, apiNodes, await docker.listNodes()).map(swarmNode)),
    networks: () => list('/networks', apiNetwork),
    configs: () => list('/configs', apiData),
    secrets: () => list('/secrets', apiData),
    create: (kind, body, auth) =>
      call(async (docker, name) => {
        const answer = await dial(docker, {
          method: 'POST',
          path: `${QUERY[kind]}/create`,
          options: body,
          status: 201,
          auth,
        });
        return checked(name, createdId, answer);
      }),
    updateService: ({ id, version }, spec, auth) => update(call, id, { version }, { spec, auth }),
    rollbackService: ({ ID, Version, Spec }) =>
      update(call, ID, { version: Version.Index, rollback: 'previous' }, { spec: Spec }),
    remove: (kind, id) => call((docker) => remove(docker, `${QUERY[kind]}/${id}`)),
    ...readings(look),
  };
};

/** Tasks of what is asked for, by a list that takes the engine's filters. */
const tasksBy =
  (list: (filters: object) => Promise<ApiStackTask[]>): StackEngine['tasks'] =>
  async (of, { upToDate = false, wanted = false } = {}) => {
    // No filter would mean all of them.
    const services = typeof of === 'object' && 'services' in of ? of.services : undefined;
    if (services?.length === 0) return [];
    const one = services?.length === 1 ? services : undefined;
    const filters = {
      ...(typeof of === 'object' && 'stack' in of && { label: [`com.docker.stack.namespace=${of.stack}`] }),
      ...(one && { service: one }),
      ...(upToDate && { '_up-to-date': ['true'] }),
      ...(wanted && { 'desired-state': ['running'] }),
    };
    try {
      const tasks = await list(filters);
      // Several are not asked for by name: one that is gone would be an error for all.
      return services && !one ? tasks.filter(({ ServiceID }) => services.includes(ServiceID ?? '')) : tasks;
    } catch (error) {
      if (error instanceof EngineError && error.status === 404) return [];
      throw error;
    }
  };

const readings = (look: Call): Pick<StackEngine, 'logs' | 'imageOf' | 'health'> => ({
  logs: (taskId, lines) =>
    look(async (docker) => {
      const options = { stdout: 1, stderr: 1, tail: lines, timestamps: 1 };
      const path = `/tasks/${taskId}/logs?`;
      return logLines((await dial(docker, { method: 'GET', path, options, raw: true })) as Buffer);
    }),
  imageOf: (image, auth) =>
    look(async (docker, name) => {
      const answer = await dial(docker, { method: 'GET', path: `/distribution/${image}/json`, auth });
      const { Descriptor, Platforms } = checked(name, apiImage, answer);
      const platforms = (Platforms ?? []).flatMap(({ os, architecture }) =>
        os && architecture ? { os, architecture } : [],
      );
      return { digest: Descriptor.digest, platforms };
    }),
  health: (containerId) =>
    look(async (docker, name) => {
      const answer = await dial(docker, { method: 'GET', path: `/containers/${containerId}/json` });
      return checked(name, apiHealth, answer).State?.Health?.Log?.at(-1)?.Output?.trim() || undefined;
    }),
});

interface Sent {
  spec: object;
  auth?: object | undefined;
}

const update = (call: Call, id: string, query: object, { spec, auth }: Sent): Promise<void> =>
  call(async (docker) => {
    const options = { _query: query, _body: spec };
    await dial(docker, { method: 'POST', path: `/services/${id}/update?`, options, auth });
  });

async function remove(docker: Docker, path: string): Promise<boolean> {
  const status = path.startsWith('/services/') ? 200 : 204;
  try {
    await dial(docker, { method: 'DELETE', path, status });
    return true;
  } catch (error) {
    if (!(error instanceof EngineError) || error.status !== 404) throw error;
    return false;
  }
}

/** The lines of a task's log, whose frames tell whether it is a terminal's, which has none. */
function logLines(bytes: Buffer): string[] {
  const reader = new LogReader({ tty: !beginsWithFrame(bytes) });
  try {
    const lines = [...reader.read(bytes), ...reader.end()].map(({ text }) => text.toString('utf8').trimEnd());
    return lines.filter((line) => line !== '');
  } catch (error) {
    // What the daemon says in the log's place is what there is to show.
    if (error instanceof NotALog) return [error.message];
    throw error;
  }
}
