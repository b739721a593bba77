// The Engine API's answers, as far as belt reads them (https://docs.docker.com/reference/api/engine/).
import type { SwarmInfo, SwarmNode, SwarmTask } from './engine.ts';

/** A node as `GET /nodes` gives it. */
export interface ApiNode {
  ID: string;
  Version: { Index: number };
  Spec: {
    Role: 'manager' | 'worker';
    Availability: 'active' | 'pause' | 'drain';
    Labels?: Record<string, string> | null;
  };
  Description: { Hostname: string; Engine?: { EngineVersion?: string; Labels?: Record<string, string> | null } };
  Status: { State: string; Addr?: string };
  ManagerStatus?: { Leader?: boolean; Reachability?: string; Addr?: string };
}

/** A task as `GET /tasks` gives it. */
export interface ApiTask {
  ServiceID?: string;
  NodeID?: string;
  Slot?: number;
  DesiredState?: string;
  Status: { State: string };
}

export const swarmTask = (task: ApiTask): SwarmTask => ({
  serviceId: task.ServiceID ?? '',
  nodeId: task.NodeID || undefined,
  slot: task.Slot || undefined,
  state: task.Status.State,
  wanted: task.DesiredState ?? '',
});

export function swarmNode(node: ApiNode): SwarmNode {
  return {
    id: node.ID,
    hostname: node.Description.Hostname,
    role: node.Spec.Role,
    availability: node.Spec.Availability,
    state: node.Status.State,
    address: addressOf(node),
    reachability: node.ManagerStatus?.Reachability,
    leader: node.ManagerStatus?.Leader ?? false,
    labels: node.Spec.Labels ?? {},
    engine: {
      version: node.Description.Engine?.EngineVersion ?? '',
      labels: node.Description.Engine?.Labels ?? {},
    },
  };
}

/** A manager's own address is 0.0.0.0 or a loopback one in some versions; where it is reached stands beside it. */
function addressOf({ Status, ManagerStatus }: ApiNode): string {
  const address = Status.Addr ?? '';
  return /^(0\.0\.0\.0|127\..*|)$/.test(address) ? (ManagerStatus?.Addr ?? '').replace(/:\d+$/, '') : address;
}

export function swarmInfo(info: unknown): SwarmInfo {
  const { Swarm: swarm } = info as {
    Swarm: {
      NodeID?: string;
      NodeAddr?: string;
      LocalNodeState?: SwarmInfo['state'];
      ControlAvailable?: boolean;
      Error?: string;
      RemoteManagers?: { Addr: string }[] | null;
      Cluster?: { ID?: string; Spec?: { EncryptionConfig?: { AutoLockManagers?: boolean } } } | null;
    };
  };
  return {
    state: swarm.LocalNodeState ?? 'inactive',
    nodeId: swarm.NodeID ?? '',
    nodeAddress: swarm.NodeAddr ?? '',
    manager: swarm.ControlAvailable ?? false,
    error: swarm.Error ?? '',
    managers: (swarm.RemoteManagers ?? []).map(({ Addr }) => Addr),
    clusterId: swarm.Cluster?.ID,
    autolock: swarm.Cluster?.Spec?.EncryptionConfig?.AutoLockManagers,
  };
}
