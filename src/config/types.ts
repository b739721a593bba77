import type { StoredAccount, User } from './stored-accounts.ts';

/** The checked settings from the environment, .belt.yaml and the defaults. */
export interface Settings {
  accessToken?: string;
  /** The account of `belt auth` that the token is of; undefined where it comes from the environment or a file. */
  account?: string;
  /** A scheme and a host, and nothing after them. */
  apiUrl: string;
  region?: string;
  size?: string;
  /** A slug, or an id in digits. */
  image?: string;
  sshUser: string;
  sshPort: number;
  /** As `readJump` (config/jump.ts) reads it: the way to nodes without a public address. */
  sshJump?: string;
  /** Absolute. */
  sshKeyPath?: string;
  /** Where in a project's file the key is named; undefined when it was named in a place of the user's own. */
  sshKeyNamedAt?: string;
  /** MD5 fingerprints, or key ids in digits. */
  sshKeyFingerprints: string[];
  vpcUuid?: string;
  tags: string[];
  /** For how long SSH connections are kept between commands, in ms; 0 or undefined for not at all. */
  keepMs?: number;
  /** Where a project's file says it, and what it says, in ms; undefined where the user did. */
  keepNamed?: { at: string; ms: number } | undefined;
  ipv6: boolean;
  monitoring: boolean;
  backups: boolean;
  /** The cluster that commands act on: BELT_CLUSTER's, else the chosen one, else the file's, else `default`. */
  cluster: string;
  /** Where that name comes from: `BELT_CLUSTER`, `belt cluster use`, the file, `named in this command`, or `default`. */
  clusterFrom: string;
  /** The cluster that .belt.yaml names, whichever is in use. */
  fileCluster?: string;
  /** The file in use, absolute. */
  configFile?: string;
  /** The folder of .belt.yaml, else the home: the descriptions of clusters are under its `.belt/`. Absolute. */
  projectFolder: string;
  /** The user's own: where belt keeps its cache, the pinned host keys and the user's choices. Absolute. */
  stateFolder: string;
}

/** A file with settings. */
export interface SettingsFile {
  text: string;
  /** The permission bits. */
  mode: number;
  /** Whether it has a place in a folder: a pipe has none. */
  regular: boolean;
}

/** A file that exists but is not trusted or not readable. */
export interface RefusedFile {
  /** Completes the file's name: `belongs to another user`. */
  refused: string;
  hint?: string;
}

/** The part of the file system that settings come from. */
export interface SettingsFiles {
  /** A file that the user named, which may be a pipe; undefined when there is none. Throws when it cannot be read (EACCES, EISDIR …). */
  named(path: string, options: { signal?: AbortSignal | undefined }): Promise<SettingsFile | RefusedFile | undefined>;
  /** A file that was found, in the home or above the current folder. Throws like `named`. */
  found(path: string, options: { home: boolean }): SettingsFile | RefusedFile | undefined;
  /** The path without symbolic links; unchanged where there is nothing. */
  real(path: string): string;
  /** What `belt cluster use` chose for a project. @throws UsageError when that cannot be read */
  chosenCluster(place: Pick<Settings, 'stateFolder' | 'projectFolder'>): string | undefined;
  /** An account that `belt auth` keeps: the named one, else the one in use. @throws UsageError for a name that there is not */
  account(user: User, name: string | undefined): (StoredAccount & { warning?: string }) | undefined;
  /** The token of an account that the file has none of. @throws BeltError when the keyring does not give it */
  keyringToken(user: User, account: StoredAccount, signal?: AbortSignal): Promise<string>;
}
