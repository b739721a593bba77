// How to log in to the nodes of each cluster when it is plain ssh that does. A project that is merely found says what its cluster is to
// be, and no more: a login is kept when `belt ssh-config --write` is typed, or when the cluster's first node is created.

import { clusterKey } from '../config/choices.ts';
import { loadSettings, nodeFiles, type Settings } from '../config/index.ts';
import type { State } from '../config/state.ts';
import type { Context } from '../context.ts';
import { openSsh, shownAgentKeys } from './openssh.ts';
import { KEPT } from './ssh-config-kept.ts';

export interface Login {
  user: string;
  port: number;
  keyPath?: string | undefined;
  /** `ssh_jump`, for nodes without a public address. */
  jump?: string | undefined;
  /** Of the keys to try first. */
  fingerprints?: string[];
}

export interface Kept {
  /** The cluster whose nodes go by their plain names. */
  plain: string;
  logins: Record<string, Login>;
  /** That of every cluster that is not among these. */
  others: Login;
  /** The keys that the agent showed last, `type base64`: they stand in the file while it shows none. */
  agentKeys?: string[] | undefined;
  /** Of the ssh that was seen last, for commands that find none. */
  sshVersion?: number | undefined;
}

/** What `--write` has kept; undefined when nothing follows. */
export async function keptLogins(context: Context): Promise<Kept | undefined> {
  const { plain, logins, others, agentKeys, sshVersion } = (await context.state()).readJson<Partial<Kept>>(KEPT) ?? {};
  if (typeof plain !== 'string') return undefined;
  return {
    plain,
    logins: isObject(logins) ? logins : {},
    others: isObject(others) ? others : await ownLogin(context),
    agentKeys: Array.isArray(agentKeys) ? agentKeys.filter((key) => typeof key === 'string') : undefined,
    sshVersion: typeof sshVersion === 'number' ? sshVersion : undefined,
  };
}

/** With the chosen cluster as the one of plain names, and its login as the settings of this command have it. */
export async function chosenLogins(context: Context): Promise<Kept> {
  const settings = await context.settings();
  const kept = (await keptLogins(context)) ?? { logins: {}, others: await ownLogin(context) };
  const plain = clusterKey(settings.cluster);
  return { ...kept, plain, logins: { ...kept.logins, [plain]: loginOf(settings) } };
}

export const keepLogins = (state: State, kept: Kept): void => state.writeJson(KEPT, kept);

/** With what this command saw: the keys of an agent that showed any, and the ssh here. */
export async function withSeen(context: Context, kept: Kept): Promise<Kept> {
  const agentKeys = await shownAgentKeys(context);
  const client = openSsh(context);
  return {
    ...kept,
    ...(agentKeys.length > 0 && { agentKeys }),
    ...(client && { sshVersion: client.version }),
  };
}

export const forgetLogins = (state: State): void => state.remove(KEPT);

/** Keeps the login of a cluster that was created just now, unless one is kept. */
export async function keepNewLogin(context: Context): Promise<void> {
  const kept = await keptLogins(context);
  const settings = await context.settings();
  const cluster = clusterKey(settings.cluster);
  if (kept === undefined || Object.hasOwn(kept.logins, cluster)) return;
  keepLogins(await context.state(), { ...kept, logins: { ...kept.logins, [cluster]: loginOf(settings) } });
}

export const loginFor = ({ logins, others }: Kept, cluster: string): Login =>
  Object.hasOwn(logins, cluster) ? logins[cluster]! : others;

const loginOf = ({ sshUser, sshPort, sshJump, sshKeyPath, sshKeyFingerprints }: Settings): Login => ({
  user: sshUser,
  port: sshPort,
  keyPath: sshKeyPath,
  jump: sshJump,
  fingerprints: sshKeyFingerprints,
});

/** What the settings say without a project's file. */
async function ownLogin(context: Context): Promise<Login> {
  const settings = await context.settings();
  if ((await context.configFile())?.fromProject !== true) return loginOf(settings);
  const { env, home, signal } = context;
  const { settings: own } = await loadSettings({ env, cwd: home, home, files: nodeFiles, signal });
  // A path in the environment is relative to the current folder, not to the home.
  const keyPath = env['DIGITALOCEAN_SSH_KEY_PATH']?.trim() ? settings.sshKeyPath : own.sshKeyPath;
  return { ...loginOf(own), keyPath };
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;
