// `GET /sandbox/status`: the sandbox's inside view, which the real API would never reveal.
import type { Account } from '../account/account.ts';
import type { RequestCounts } from './counts.ts';

/** When a droplet reached each state, in ms since the epoch. */
interface DropletTimeline {
  createdAt: number;
  addressAt?: number | undefined;
  activeAt?: number | undefined;
  sshAt?: number | undefined;
  engineAt?: number | undefined;
}

export interface DropletStatus {
  id: number;
  name: string;
  status: string;
  publicAddress: string;
  privateAddress: string;
  timeline: DropletTimeline;
}

export interface SandboxStatus {
  name: string;
  pid: number;
  uptimeMs: number;
  droplets: DropletStatus[];
  requests: RequestCounts;
}

export const dropletStatuses = ({ droplets }: Account): DropletStatus[] =>
  droplets.list().map(({ id, name, status, publicAddress, privateAddress, createdAt, addressAt, activeAt, host }) => ({
    id,
    name,
    status,
    publicAddress,
    privateAddress,
    timeline: { createdAt, addressAt, activeAt, sshAt: host?.record.sshAt, engineAt: host?.record.engineAt },
  }));
