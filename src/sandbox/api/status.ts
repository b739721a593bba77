// `GET /sandbox/status`: the sandbox's inside view, which the real API would never reveal.
import type { Account } from '../account/account.ts';
import type { Droplet } from '../account/droplet.ts';
import type { RequestCounts } from './counts.ts';

/** When a droplet reached each state, in ms since the epoch. */
interface DropletTimeline {
  createdAt: number;
  addressAt?: number;
  activeAt?: number;
  sshAt?: number;
  engineAt?: number;
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

export function dropletStatuses(account: Account): DropletStatus[] {
  return account.droplets.list().map((droplet) => ({
    id: droplet.id,
    name: droplet.name,
    status: droplet.status,
    publicAddress: droplet.publicAddress,
    privateAddress: droplet.privateAddress,
    timeline: timelineOf(droplet),
  }));
}

function timelineOf(droplet: Droplet): DropletTimeline {
  const { sshAt, engineAt } = droplet.host?.record ?? {};
  const times = { addressAt: droplet.addressAt, activeAt: droplet.activeAt, sshAt, engineAt };
  const known = Object.entries(times).filter(([, at]) => at !== undefined);
  return { createdAt: droplet.createdAt, ...Object.fromEntries(known) };
}
