/** What belt was told, by the environment, .belt.yaml and its defaults, checked. */
export interface Settings {
  accessToken?: string;
  /** Without a slash at its end and without /v2. */
  apiUrl: string;
  region?: string;
  size?: string;
  /** A slug, or an id in digits. */
  image?: string;
  sshUser: string;
  sshPort: number;
  /** Absolute. */
  sshKeyPath?: string;
  /** MD5 fingerprints, or key ids in digits. */
  sshKeyFingerprints: string[];
  vpcUuid?: string;
  tags: string[];
  ipv6: boolean;
  monitoring: boolean;
  backups: boolean;
  /** The cluster that commands are about: BELT_CLUSTER's, else the chosen one, else the file's, else `default`. */
  cluster: string;
  /** Where that name comes from: `BELT_CLUSTER`, `belt cluster use`, the file, `the command`, or `default`. */
  clusterFrom: string;
  /** The cluster that .belt.yaml names, whichever is worked on. */
  fileCluster?: string;
  /** The file in use, absolute. */
  configFile?: string;
  /** Where belt keeps its cache, the pinned host keys and the user's choices. Absolute. */
  stateFolder: string;
}

/** The part of the file system that settings come from. */
export interface SettingsFiles {
  /** The file's text, or undefined when there is none. Throws for any other reason (EACCES, EISDIR …). */
  read(path: string): string | undefined;
  /** The permission bits. */
  mode(path: string): number;
  /** Whether it belongs to the user, or to root. */
  own(path: string): boolean;
}
