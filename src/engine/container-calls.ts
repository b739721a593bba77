// The calls to one engine about the containers on its host.
import { z } from 'zod';
import { checked } from './answers.ts';
import { containerName } from './container-name.ts';
import { apiStats, type ContainerSample, containerSample } from './container-stats.ts';
import { dial } from './dial.ts';
import type { Call } from './model.ts';

const text = z.string().nullish();
const port = z.object({ IP: text, PrivatePort: z.number(), PublicPort: z.number().nullish(), Type: text });

const apiContainers = z.array(
  z.object({
    Id: z.string().min(1),
    Names: z.array(z.string()).nullish(),
    Image: text,
    Created: z.number().nullish(),
    Ports: z.array(port).nullish(),
    Labels: z.record(z.string(), z.string()).nullish(),
    State: text,
    Status: text,
  }),
);
type ApiPort = z.infer<typeof port>;

const apiContainer = z.object({
  Config: z.object({ Tty: z.boolean().nullish() }).nullish(),
  HostConfig: z.object({ LogConfig: z.object({ Type: text }).nullish() }).nullish(),
});

/** A container as its own engine lists it. */
export interface EngineContainer {
  id: string;
  name: string;
  image: string;
  /** `running`, `exited`, `restarting` …, in the engine's words. */
  state: string;
  /** `Up 3 minutes (healthy)`. */
  status: string;
  /** `80->8080/tcp`: what is published, each port once. */
  ports: string[];
  labels: Readonly<Record<string, string>>;
}

/** What reading a container's log depends on. */
export interface LogSetup {
  /** Its output is that of a terminal, one stream without frames. */
  tty: boolean;
  /** The logging driver. */
  driver: string;
}

export interface ContainerEngine {
  /** What runs there; with `all`, also what ended and is still there. */
  containers(options: { all: boolean }): Promise<EngineContainer[]>;
  logSetup(containerId: string): Promise<LogSetup>;
  /** What it has used up to now. An engine before 20.10 takes a second or two for it. */
  sample(containerId: string): Promise<ContainerSample>;
}

export const containerCalls = (look: Call): ContainerEngine => {
  const get = <T>(shape: z.ZodType<T>, path: string, options?: object): Promise<T> =>
    look(async (docker, name) =>
      checked(name, shape, await dial(docker, { method: 'GET', path, ...(options && { options }) })),
    );
  return {
    containers: async ({ all }) => {
      const found = await get(apiContainers, '/containers/json?', all ? { all: 1 } : {});
      return found.map(({ Id, Names, Image, Ports, Labels, State, Status }) => ({
        id: Id,
        name: containerName({ Names, Id }),
        image: Image ?? '',
        state: State ?? '',
        status: Status ?? '',
        ports: [...new Set((Ports ?? []).flatMap(published))],
        labels: Labels ?? {},
      }));
    },
    logSetup: async (id) => {
      const { Config, HostConfig } = await get(apiContainer, `/containers/${id}/json`);
      return { tty: Config?.Tty === true, driver: HostConfig?.LogConfig?.Type ?? '' };
    },
    sample: async (id) =>
      containerSample(await get(apiStats, `/containers/${id}/stats?`, { stream: false, 'one-shot': true })),
  };
};

/** `80->8080/tcp`; with the address where it is not all of them. A port that is not published is none of the fleet's. */
function published({ IP, PrivatePort, PublicPort, Type }: ApiPort): string[] {
  if (!PublicPort) return [];
  const at = IP && IP !== '0.0.0.0' && IP !== '::' ? `${IP}:` : '';
  const kind = Type && Type !== 'tcp' ? `/${Type}` : '';
  return [`${at}${PublicPort}->${PrivatePort}${kind}`];
}
