// Pieces of stacks for tests: what files ask for, and what an engine says that it has.
import type { DesiredData, DesiredService, DesiredStack } from '../../../src/compose/desired.ts';
import type { ServiceSpec } from '../../../src/compose/spec.ts';
import type { ApiService, ApiStackTask } from '../../../src/engine/stack-calls.ts';
import type { SwarmNode } from '../../../src/model/swarm-node.ts';
import type { Existing } from '../../../src/stack/observe.ts';

const at = { file: 'compose.yaml', line: 1, column: 1 };
const labels = { 'com.docker.stack.namespace': 'shop' };

export function service(name: string, change: (spec: ServiceSpec) => void = () => {}): DesiredService {
  const spec: ServiceSpec = {
    Name: `shop_${name}`,
    Labels: { ...labels, 'com.docker.stack.image': 'nginx:1.27' },
    TaskTemplate: {
      ContainerSpec: { Image: 'nginx:1.27', Labels: labels, Env: ['A=1'] },
      Networks: [{ Target: 'shop_default', Aliases: [name] }],
    },
    Mode: { Replicated: { Replicas: 1 } },
  };
  change(spec);
  return { name, spec, dependsOn: [], configs: [], secrets: [], at };
}

export const data = (key: string, content: string, more: Partial<DesiredData> = {}): DesiredData => ({
  key,
  name: `shop_${key}`,
  isNamed: false,
  external: false,
  data: Buffer.from(content),
  labels,
  at,
  ...more,
});

export const stack = (parts: Partial<DesiredStack> = {}): DesiredStack => ({
  name: 'shop',
  networks: [
    { key: 'default', name: 'shop_default', external: false, body: { Driver: 'overlay', Labels: labels }, at },
  ],
  volumes: [],
  configs: [],
  secrets: [],
  services: [],
  inactive: [],
  findings: [],
  ...parts,
});

export const EMPTY: Existing = { services: [], networks: [], configs: [], secrets: [], salt: undefined };

/** As Docker 26 gives a service back: with its defaults, ids for names, and the image pinned. */
export function engineService({ spec }: DesiredService, more: Partial<ApiService> = {}): ApiService {
  const { ContainerSpec: container } = spec.TaskTemplate;
  return {
    ID: `id-${spec.Name}`,
    Version: { Index: 7 },
    Spec: {
      ...structuredClone(spec),
      Labels: { ...spec.Labels, 'belt.deployment': 'before' },
      TaskTemplate: {
        ...structuredClone(spec.TaskTemplate),
        ContainerSpec: {
          ...structuredClone(container),
          Image: `${container.Image}@sha256:${'a'.repeat(64)}`,
          Privileges: { CredentialSpec: null, SELinuxContext: null },
          Isolation: 'default',
          DNSConfig: {},
        },
        Resources: { Limits: {}, Reservations: {} },
        Placement: { Platforms: [{ Architecture: 'amd64', OS: 'linux' }] },
        Networks: spec.TaskTemplate.Networks?.map((network) => ({ ...network, Target: `id-${network.Target}` })),
        ForceUpdate: 0,
        Runtime: 'container',
      },
      EndpointSpec: { Mode: 'vip', ...spec.EndpointSpec },
    } as ApiService['Spec'],
    ...more,
  };
}

export const node = (hostname: string, more: Partial<SwarmNode> = {}): SwarmNode => ({
  id: hostname,
  hostname,
  role: 'worker',
  availability: 'active',
  state: 'ready',
  address: '10.0.0.2',
  reachability: undefined,
  leader: false,
  labels: { disk: 'ssd' },
  platform: { os: 'linux', architecture: 'x86_64' },
  engine: { version: '26.1.5', labels: {} },
  ...more,
});

export const engineNetwork = (name: string) => ({ Id: `id-${name}`, Name: name, Scope: 'swarm', Labels: labels });

let tasks = 0;
export function task(state: string, more: Partial<ApiStackTask> & { err?: string } = {}): ApiStackTask {
  const { err, ...rest } = more;
  tasks++;
  return {
    ID: `task${tasks}`.padEnd(25, '0'),
    CreatedAt: new Date(Date.UTC(2026, 0, 1) + tasks * 1000).toISOString(),
    ServiceID: 'id-shop_web',
    NodeID: 'n1',
    Slot: 1,
    DesiredState: /^(failed|rejected|complete)$/.test(state) ? 'shutdown' : 'running',
    Status: { State: state, ...(err !== undefined && { Err: err }) },
    ...rest,
  };
}
