// Every setting there is, in one table: its key in .belt.yaml, its variable, what it may be, and what it means.
// loadSettings, the warnings about misspellings and .belt.yaml.example (checked by a test) are all derived from it.
import * as kinds from './kinds.ts';
import type { Settings } from './types.ts';

export type Section = 'digitalocean' | 'cluster';

export interface Key<Setting extends keyof Settings = keyof Settings> {
  readonly section: Section;
  /** The key under its section in .belt.yaml. */
  readonly name: string;
  /** The environment variable that takes precedence over the file. */
  readonly env: string;
  readonly setting: Setting;
  readonly kind: kinds.Kind<Settings[Setting] extends (infer Each)[] ? Each : NonNullable<Settings[Setting]>>;
  /** What it is, for documentation. */
  readonly about: string;
  readonly fallback?: Settings[Setting];
  /** Its value is never shown. */
  readonly secret?: true;
}

type Row<Setting extends keyof Settings> = Omit<Key<Setting>, 'section' | 'name' | 'env'>;

/** The only cast: the type of a list of keys cannot express that each row's kind fits its setting; this function's types do. */
function key<Setting extends keyof Settings>(row: Key<Setting>): Key {
  return row as unknown as Key;
}

function digitalocean<Setting extends keyof Settings>(name: string, row: Row<Setting>): Key {
  return key<Setting>({ ...row, section: 'digitalocean', name, env: `DIGITALOCEAN_${name.toUpperCase()}` });
}

export const KEYS: readonly Key[] = [
  digitalocean('region', { setting: 'region', kind: kinds.slug, about: 'the region of new droplets' }),
  digitalocean('image', {
    setting: 'image',
    kind: kinds.slugOrId,
    about: 'the image of new droplets, a slug or an id',
  }),
  digitalocean('ssh_user', {
    setting: 'sshUser',
    kind: kinds.userName,
    about: 'the user to log in as',
    fallback: 'root',
  }),
  digitalocean('ssh_key_fingerprint', {
    setting: 'sshKeyFingerprints',
    kind: kinds.sshKeys,
    about:
      'the SSH keys that can log in to new droplets: a key id, a fingerprint (MD5 or SHA256) or a name in your account, or a list of them',
    fallback: [],
  }),
  digitalocean('size', { setting: 'size', kind: kinds.slug, about: 'the size of new droplets if none is given' }),
  digitalocean('ssh_port', {
    setting: 'sshPort',
    kind: kinds.port,
    about: 'the port on which the nodes answer SSH',
    fallback: 22,
  }),
  digitalocean('ssh_jump', {
    setting: 'sshJump',
    kind: kinds.sshJump,
    about:
      "the host through which nodes without a public address are reached: user@host[:port], a node's name, or '@manager'",
  }),
  digitalocean('ssh_key_path', {
    setting: 'sshKeyPath',
    kind: kinds.path,
    about: 'your private key (default: the agent, then ~/.ssh/id_ed25519 and id_rsa)',
  }),
  key({
    section: 'digitalocean',
    name: 'keep',
    env: 'BELT_KEEP',
    setting: 'keepMs',
    kind: kinds.keep,
    about: 'for how long SSH connections are kept for the next command',
  }),
  digitalocean('vpc_uuid', {
    setting: 'vpcUuid',
    kind: kinds.uuid,
    about: 'the VPC of new droplets (default: that of the region)',
  }),
  digitalocean('tags', { setting: 'tags', kind: kinds.tags, about: 'more tags for new droplets', fallback: [] }),
  digitalocean('ipv6', {
    setting: 'ipv6',
    kind: kinds.yesOrNo,
    about: 'whether new droplets get an IPv6 address',
    fallback: false,
  }),
  digitalocean('monitoring', {
    setting: 'monitoring',
    kind: kinds.yesOrNo,
    about: "whether new droplets get DigitalOcean's monitoring agent",
    fallback: false,
  }),
  digitalocean('backups', {
    setting: 'backups',
    kind: kinds.yesOrNo,
    about: 'whether new droplets are backed up',
    fallback: false,
  }),
  digitalocean('api_url', {
    setting: 'apiUrl',
    kind: kinds.apiUrl,
    about: "the API's address",
    fallback: 'https://api.digitalocean.com',
  }),
  digitalocean('access_token', {
    setting: 'accessToken',
    kind: kinds.token,
    about: 'the API token; better kept in the environment',
    secret: true,
  }),
  key({
    section: 'cluster',
    name: 'name',
    env: 'BELT_CLUSTER',
    setting: 'cluster',
    kind: kinds.clusterName,
    about: 'the cluster that commands act on; its droplets have the tag belt-cluster-NAME',
    fallback: 'default',
  }),
];

/** Where belt keeps its state; only from the environment. */
export const STATE_VARIABLE = 'BELT_STATE_DIR';

/** The settings that have a fallback, at their fallback. */
export function fallbacks(): Partial<Settings> {
  return Object.fromEntries(
    KEYS.filter(({ fallback }) => fallback !== undefined).map(({ setting, fallback }) => [
      setting,
      structuredClone(fallback),
    ]),
  );
}
