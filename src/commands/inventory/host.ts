// A node as an inventory lists it.
import type { Role } from '../../model/swarm-node.ts';
import type { Setting } from '../../ssh/openssh/options.ts';

export interface InventoryHost {
  name: string;
  id: number;
  cluster: string;
  role: Role | null;
  /** Where it is reached. */
  address: string;
  publicAddress: string | null;
  privateAddress: string | null;
  region: string;
  size: string;
  tags: readonly string[];
  user: string;
  port: number;
  /** The private key that the settings name. */
  keyPath: string | undefined;
  /** The setting of the jump host through which it is reached; undefined where none is needed. */
  jump?: string | undefined;
  /** What ssh has to be told so that it accepts the pinned host keys alone. */
  sshSettings: readonly Setting[];
}

/** What DigitalOcean takes as a droplet's name. Anything else could not be written as a host's name, or would be read as more. */
export const isHostName = (name: string): boolean => /^[A-Za-z0-9]([A-Za-z0-9.-]{0,253}[A-Za-z0-9])?$/.test(name);
