// A node as its swarm knows it.
import type { Machine } from '../../types.ts';
import { ENGINE } from '../version.ts';

export type Role = 'worker' | 'manager';
export type Availability = 'active' | 'pause' | 'drain';

export interface NodeSpec {
  Name?: string;
  Labels: Record<string, string>;
  Role: Role;
  Availability: Availability;
}

/** How an engine is in its swarm. */
export type MembershipState = 'pending' | 'active' | 'error' | 'locked';

/** What a swarm sees of a node's engine. */
export interface NodeEngine {
  readonly machine: Machine;
  readonly hostname: string;
  readonly up: boolean;
  readonly labels: Readonly<Record<string, string>>;
  readonly membership: { state: MembershipState; error: string; node?: SwarmNode } | undefined;
  /** Puts an image on the engine, if it is not there. */
  addImage(name: string, tag: string): unknown;
}

export interface SwarmNode {
  readonly id: string;
  readonly engine: NodeEngine;
  readonly createdAt: string;
  updatedAt: string;
  version: number;
  spec: NodeSpec;
  readonly hostname: string;
  address: string;
  state: 'ready' | 'down' | 'unknown';
  message: string;
  /** Whether it votes in the Raft group: what counts for the quorum, dead or alive. */
  voter: boolean;
  reachable: boolean;
}

/** Whether the node's engine runs, is still of this swarm, and takes part in it. */
export const isAlive = (node: SwarmNode): boolean => {
  const { up, membership } = node.engine;
  return up && membership?.node === node && membership.state !== 'locked';
};

/** As Go writes a map: by key. */
export const sortedKeys = <T>(map: Readonly<Record<string, T>>): Record<string, T> =>
  Object.fromEntries(Object.entries(map).sort(([a], [b]) => (a < b ? -1 : 1)));

export type NodeJson = ReturnType<typeof nodeJson>;

export function nodeJson(node: SwarmNode, isLeader: boolean) {
  const { machine, labels } = node.engine;
  return {
    ID: node.id,
    Version: { Index: node.version },
    CreatedAt: node.createdAt,
    UpdatedAt: node.updatedAt,
    Spec: { ...node.spec, Labels: sortedKeys(node.spec.Labels) },
    Description: {
      Hostname: node.hostname,
      Platform: { Architecture: 'x86_64', OS: ENGINE.os },
      Resources: { NanoCPUs: machine.vcpus * 1e9, MemoryBytes: machine.memoryMiB * 1024 * 1024 },
      Engine: {
        EngineVersion: ENGINE.version,
        ...(Object.keys(labels).length > 0 ? { Labels: sortedKeys(labels) } : {}),
      },
      TLSInfo: TLS,
    },
    Status: { State: node.state, ...(node.message === '' ? {} : { Message: node.message }), Addr: node.address },
    ...(node.voter
      ? {
          ManagerStatus: {
            ...(isLeader ? { Leader: true } : {}),
            Reachability: node.reachable ? 'reachable' : 'unreachable',
            Addr: `${node.address}:2377`,
          },
        }
      : {}),
  };
}

/** The simulated swarm signs nothing; the fields stand for those of a real one. */
export const TLS = {
  TrustRoot: '-----BEGIN CERTIFICATE-----\nc2ltdWxhdGVk\n-----END CERTIFICATE-----\n',
  CertIssuerSubject: 'MBMxETAPBgNVBAMTCHN3YXJtLWNh',
  CertIssuerPublicKey: 'c2ltdWxhdGVk',
};
