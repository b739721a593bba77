// The Engine API's answers, as far as belt reads them (https://docs.docker.com/reference/api/engine/). Whatever else answers on the
// socket (a proxy, a broken engine) is an error that names the node, never a value that looks right.
import { z } from 'zod';
import type { SwarmNode } from '../model/swarm-node.ts';
import { EngineError } from './error.ts';
import type { SwarmInfo, SwarmTask } from './model.ts';

const text = z.string().nullish();
const labels = z.record(z.string(), z.string()).nullish();

/** A node as `GET /nodes` gives it; what belt does not read is kept, since changes send the whole spec. */
export const apiNode = z.object({
  ID: z.string().min(1),
  Version: z.object({ Index: z.number() }),
  Spec: z.looseObject({
    Role: z.enum(['manager', 'worker']),
    Availability: z.enum(['active', 'pause', 'drain']),
    Labels: labels,
  }),
  Description: z
    .object({
      Hostname: text,
      Platform: z.object({ OS: text, Architecture: text }).nullish(),
      Engine: z.object({ EngineVersion: text, Labels: labels }).nullish(),
    })
    .nullish(),
  Status: z.object({ State: z.string(), Addr: text }),
  ManagerStatus: z.object({ Leader: z.boolean().nullish(), Reachability: text, Addr: text }).nullish(),
});
export const apiNodes = z.array(apiNode);

/** A task as `GET /tasks` gives it. */
export const apiTask = z.object({
  ServiceID: text,
  NodeID: text,
  Slot: z.number().nullish(),
  DesiredState: text,
  Status: z.object({ State: z.string() }),
});
export const apiTasks = z.array(apiTask);
export type ApiTask = z.infer<typeof apiTask>;

/** A service as `GET /services` gives it. */
export const apiServices = z.array(z.object({ ID: z.string(), Spec: z.object({ Name: text }).nullish() }));

/** The swarm as `GET /swarm` gives it. */
export const apiSwarm = z.object({
  Version: z.object({ Index: z.number() }),
  Spec: z.looseObject({
    EncryptionConfig: z.looseObject({ AutoLockManagers: z.boolean().nullish() }).nullish(),
  }),
  JoinTokens: z.object({ Worker: z.string().min(1), Manager: z.string().min(1) }),
});

/** `GET /swarm/unlockkey`. */
export const apiUnlockKey = z.object({ UnlockKey: z.string() });

/** `GET /info`, as far as it is about the swarm. */
export const apiInfo = z.object({
  Swarm: z.object({
    NodeID: text,
    NodeAddr: text,
    LocalNodeState: z.enum(['inactive', 'pending', 'active', 'error', 'locked']),
    ControlAvailable: z.boolean().nullish(),
    Error: text,
    RemoteManagers: z.array(z.object({ Addr: z.string() })).nullish(),
    Cluster: z
      .object({
        ID: text,
        DataPathPort: z.number().nullish(),
        Spec: z.object({ EncryptionConfig: z.object({ AutoLockManagers: z.boolean().nullish() }).nullish() }).nullish(),
      })
      .nullish(),
  }),
});

/** `GET /_ping`. */
export const apiPing = z.string().regex(/^OK\s*$/);

/** The id of a node that started a swarm. */
export const apiNodeId = z.string().regex(/^[0-9a-z]{1,64}$/i);

export type ApiNode = z.infer<typeof apiNode>;

/** An engine's answer, validated. @throws EngineError naming the node and the part that is wrong */
export function checked<T>(node: string, shape: z.ZodType<T>, answer: unknown): T {
  const { success, data, error } = shape.safeParse(answer);
  if (success) return data;
  const [issue] = error.issues;
  const where = issue && issue.path.length > 0 ? ` at ${issue.path.join('.')}` : '';
  throw new EngineError(node, 0, `its Docker engine's response does not match its API${where}`);
}

export const swarmTask = (task: ApiTask): SwarmTask => ({
  serviceId: task.ServiceID ?? '',
  nodeId: task.NodeID || undefined,
  slot: task.Slot || undefined,
  state: task.Status.State,
  wanted: task.DesiredState ?? '',
});

function platformOf({ Description }: ApiNode): SwarmNode['platform'] {
  const { OS: os, Architecture: architecture } = Description?.Platform ?? {};
  return os && architecture ? { os, architecture } : undefined;
}

export function swarmNode(node: ApiNode): SwarmNode {
  return {
    id: node.ID,
    hostname: node.Description?.Hostname ?? '',
    role: node.Spec.Role,
    availability: node.Spec.Availability,
    state: node.Status.State,
    address: addressOf(node),
    reachability: node.ManagerStatus?.Reachability ?? undefined,
    leader: node.ManagerStatus?.Leader ?? false,
    labels: node.Spec.Labels ?? {},
    platform: platformOf(node),
    engine: {
      version: node.Description?.Engine?.EngineVersion ?? '',
      labels: node.Description?.Engine?.Labels ?? {},
    },
  };
}

/** In some versions a manager's own address is 0.0.0.0 or a loopback one; its reachable address is next to it. */
function addressOf({ Status, ManagerStatus }: ApiNode): string {
  const address = Status.Addr ?? '';
  return /^(0\.0\.0\.0|127\..*|)$/.test(address) ? (ManagerStatus?.Addr ?? '').replace(/:\d+$/, '') : address;
}

export function swarmInfo({ Swarm: swarm }: z.infer<typeof apiInfo>): SwarmInfo {
  return {
    state: swarm.LocalNodeState,
    nodeId: swarm.NodeID ?? '',
    nodeAddress: swarm.NodeAddr ?? '',
    manager: swarm.ControlAvailable ?? false,
    error: swarm.Error ?? '',
    managers: (swarm.RemoteManagers ?? []).map(({ Addr }) => Addr),
    clusterId: swarm.Cluster?.ID ?? undefined,
    // 0 is the default, in what older engines answer.
    dataPathPort: swarm.Cluster?.DataPathPort || undefined,
    autolock: swarm.Cluster?.Spec?.EncryptionConfig?.AutoLockManagers ?? undefined,
  };
}
