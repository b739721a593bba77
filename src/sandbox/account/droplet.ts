// A droplet as the account knows it.
import type { Image } from '../catalogue/images.ts';
import type { Region } from '../catalogue/regions.ts';
import type { Size } from '../catalogue/sizes.ts';
import type { DropletFaults } from '../faults/faults.ts';
import type { Random } from '../random.ts';
import type { Host } from '../types.ts';
import type { Vpc } from './vpcs.ts';

export interface Droplet {
  readonly id: number;
  /** Its index among this sandbox's droplets, from 0. */
  readonly ordinal: number;
  name: string;
  status: 'new' | 'active' | 'off';
  /** An event is under way. */
  locked: boolean;
  readonly createdAt: number;
  /** When lists show it, not counting their lag. */
  readonly listedAt: number;
  /** When it was gone; lists show it a little longer. */
  removedAt: number | undefined;
  addressAt: number | undefined;
  activeAt: number | undefined;
  size: Size;
  disk: number;
  readonly region: Region;
  image: Image;
  readonly tags: Set<string>;
  readonly vpc: Vpc;
  /** The index of its public address; undefined without public networking. */
  readonly addressOrdinal: number | undefined;
  /** Empty without public networking. */
  readonly publicAddress: string;
  readonly privateAddress: string;
  /** `ipv6`, `monitoring` … as DigitalOcean lists them. */
  readonly features: Set<string>;
  readonly snapshotIds: Set<number>;
  readonly authorizedKeys: readonly string[];
  readonly userData: string | undefined;
  readonly faults: DropletFaults;
  readonly random: Random;
  host: Host | undefined;
  /** Settles when no work is in progress on the host. */
  hostWork: Promise<void>;
  deleting: boolean;
}

/** A validated request of POST /v2/droplets. */
export interface DropletOrder {
  names: readonly string[];
  size: Size;
  region: Region;
  image: Image;
  vpc: Vpc;
  tags: readonly string[];
  features: readonly string[];
  /** Without, it has no public address. */
  publicNetworking: boolean;
  authorizedKeys: readonly string[];
  userData: string | undefined;
}
