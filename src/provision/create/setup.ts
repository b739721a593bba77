// What `belt create` is asked for, and what it is to make.
import type { Blueprint } from '../../cloud/provision.ts';
import type { AccountKey, Size } from '../../cloud/schemas.ts';
import type { UserDataParts } from '../../cloud/userdata.ts';
import type { Droplet } from '../../model/droplet.ts';

export interface CreateOptions {
  region?: string | undefined;
  image?: string | undefined;
  tag?: string[] | undefined;
  userData?: string | undefined;
  vpc?: string | undefined;
  sshKey?: string[] | undefined;
  /** Without a public address. */
  private?: boolean | undefined;
  ipv6?: boolean | undefined;
  monitoring?: boolean | undefined;
  backups?: boolean | undefined;
  missing?: boolean | undefined;
  /** Installs Docker where the image has none. */
  engine: boolean;
  dryRun?: boolean | undefined;
  showUserData?: boolean | undefined;
  /** Removes what a run that failed made. */
  rollback?: boolean | undefined;
  wait: boolean;
  /** Seconds. */
  timeout: number;
  concurrency: number;
}

export interface RunSetup {
  /** The command that finishes what is interrupted. */
  goOn: string;
  /** What stands before other commands about these droplets, where their cluster is not the chosen one: `BELT_CLUSTER=shop `. */
  prefix?: string | undefined;
  /** The command that takes away what the run made, where that is more than its droplets. */
  clean?: string | undefined;
  /** Every name asked for, in order. */
  names: string[];
  /** Those that are to be made. */
  newNames: string[];
  /** Those of the names that exist already. */
  existing: Droplet[];
  /** What the new droplets' user data is made of, but for the run's host key. */
  userData: Omit<UserDataParts, 'hostKey'>;
}

/** What `create` asks for, by region. */
export interface CreatePlan extends RunSetup {
  groups: { names: string[]; blueprint: Blueprint }[];
  size: Size;
  /** The keys that the new droplets let in. */
  keys: AccountKey[];
}
