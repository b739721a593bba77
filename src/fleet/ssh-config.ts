// The file by which plain `ssh node1`, scp, rsync and the like reach the nodes of all clusters of an account. Once written, it
// follows what belt knows of them.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { clustersWithNodes, knownNodes } from '../config/choices.ts';
import { readJump } from '../config/jump.ts';
import type { State } from '../config/state.ts';
import type { Context } from '../context.ts';
import { messageOf } from '../errors.ts';
import type { Node } from '../model/node.ts';
import { naturalCompare } from '../patterns/index.ts';
import { configText, fullName, type HostEntry, namesOf } from '../ssh/openssh/config-text.ts';
import { type Setting, sshPath } from '../ssh/openssh/options.ts';
import { namesTaken } from '../ssh/openssh/taken.ts';
import { addressIn } from './address.ts';
import { checkWithSsh } from './check-with-ssh.ts';
import { jumpId } from './host-keys.ts';
import { jumpNodes } from './jump.ts';
import { type NodeSettings, openSshSettings } from './openssh.ts';
import {
  chosenLogins,
  forgetLogins,
  type Kept,
  keepLogins,
  keptLogins,
  type Login,
  loginFor,
  withSeen,
} from './ssh-logins.ts';

const FILE = 'ssh_config';
/** Where the file is, or would be. */
export const sshConfigPath = (state: State): string => join(state.folder, FILE);

/** The user's own configuration of ssh. */
export const userConfigPath = (home: string): string => join(home, '.ssh', 'config');

/** For sockets of connections that are shared: private, and of short paths (unix(7): 107 bytes; 103 on macOS). */
const socketFolder = (home: string, { folder }: State): string =>
  join(home, '.ssh', `belt-${createHash('sha256').update(folder).digest('hex').slice(0, 8)}`);

/** It has to be there: ssh ends where it cannot make a socket. */
const makeSocketFolder = ({ home }: Context, state: State): void =>
  void mkdirSync(socketFolder(home, state), { recursive: true, mode: 0o700 });
const LONGEST_SOCKET = 103;
/** What ssh adds while it makes one. */
const SOCKET_SUFFIX = 17;

/** The entries as they would be written now, the chosen cluster's nodes by their plain names. */
export async function sshConfigEntries(context: Context): Promise<HostEntry[]> {
  return entriesFor(context, await chosenLogins(context));
}

/** Writes the file, which follows from now on. Gives its entries. @throws BeltError */
export async function writeSshConfig(context: Context): Promise<HostEntry[]> {
  const state = await context.state();
  const kept = await chosenLogins(context);
  makeSocketFolder(context, state);
  const entries = await entriesFor(context, kept);
  checkWithSsh(context, state, entries);
  keepLogins(state, await withSeen(context, kept));
  state.write(FILE, configText(entries));
  return entries;
}

/** Brings the file up to date where there is one; what fails is a warning. To be called when nodes came or went. */
export async function followSshConfig(context: Context): Promise<void> {
  try {
    const state = await context.state();
    const kept = await keptLogins(context);
    if (kept === undefined) return;
    makeSocketFolder(context, state);
    const entries = await entriesFor(context, kept);
    const now = await withSeen(context, kept);
    if (JSON.stringify(now) !== JSON.stringify(kept)) keepLogins(state, now);
    const text = configText(entries);
    if (text === state.read(FILE)) return;
    checkWithSsh(context, state, entries);
    state.write(FILE, text);
  } catch (error) {
    context.signal.throwIfAborted();
    context.out.warn(`the file of belt ssh-config is not up to date: ${messageOf(error)}`);
  }
}

/** Removes the file, and no longer follows. */
export async function removeSshConfig(context: Context): Promise<void> {
  const state = await context.state();
  forgetLogins(state);
  state.remove(FILE);
  rmSync(socketFolder(context.home, state), { recursive: true, force: true });
}

/** What the user's own files and those of belt for other accounts name, each with its file. @throws BeltError */
export const takenNames = ({ home }: Context, state: State): Map<string, string> =>
  namesTaken(userConfigPath(home), { home, except: sshConfigPath(state) });

interface Known {
  node: Node;
  cluster: string;
}

async function entriesFor(context: Context, kept: Kept): Promise<HostEntry[]> {
  const state = await context.state();
  const { plain, agentKeys, sshVersion } = kept;
  const known = clustersWithNodes(state)
    .toSorted((a, b) => Number(b === plain) - Number(a === plain) || naturalCompare(a, b))
    .flatMap((cluster) =>
      nodesOf(state, cluster, loginFor(kept, cluster).jump).map((node): Known => ({ node, cluster })),
    );
  const named = namesOf(
    known.map((one) => ({ node: one, id: one.node.id, name: one.node.name, cluster: one.cluster })),
    { plain, taken: takenNames(context, state).keys() },
  );
  const settings = new Map<string, (node: { id: number } | { id: string }) => NodeSettings>();
  for (const { cluster } of known) {
    if (!settings.has(cluster))
      settings.set(cluster, await openSshSettings(context, { ...loginFor(kept, cluster), agentKeys, sshVersion }));
  }
  const folder = socketFolder(context.home, state);
  const sockets = existsSync(folder) ? folder : undefined;
  const jumps = jumpEntries(state, kept, { known, named, settings });
  // What no jump host leads to has no entry: its private address may be another machine's here.
  const reached = named.filter(({ node: { node, cluster } }) => node.publicAddress !== undefined || jumps.has(cluster));
  const nodes = reached.map(({ node: { node, cluster }, names }) => {
    const how = { login: loginFor(kept, cluster), sockets, jump: jumps.get(cluster)?.names[0] };
    return { names, settings: settingsOf(node, settings.get(cluster)!(node), how) };
  });
  // Last, so that nodes come first in the file; ssh does not mind the order of names.
  return [...nodes, ...[...jumps.values()].filter(({ isJump }) => isJump)];
}

interface Parts {
  known: readonly Known[];
  named: readonly { node: Known; names: readonly string[] }[];
  settings: ReadonlyMap<string, (node: { id: number } | { id: string }) => NodeSettings>;
}

/** What each cluster's jump host is called in the file, where it has nodes that need one; with an entry of its own where it is no node. */
function jumpEntries(state: State, kept: Kept, { known, named, settings }: Parts): Map<string, HostEntry> {
  const entries = new Map<string, HostEntry>();
  const clusters = known.filter(({ node }) => node.publicAddress === undefined).map(({ cluster }) => cluster);
  for (const cluster of new Set(clusters)) {
    const { jump: text } = loginFor(kept, cluster);
    const jump = text === undefined ? undefined : readJump(text);
    if (jump === undefined) continue;
    if (jump.kind === 'host') {
      const { pins, login } = settings.get(cluster)!({ id: jumpId(jump) });
      const way: Setting[] = [
        ['HostName', jump.address],
        ['Port', String(jump.port)],
        ['User', jump.user],
      ];
      entries.set(cluster, {
        names: [fullName('ssh-jump', cluster)],
        settings: [...way, ...pins, ...login],
        isJump: true,
      });
      continue;
    }
    const [node] = jumpNodes(state, { cluster }, jump);
    const names = named.find((one) => one.node.node.id === node?.id)?.names ?? [];
    if (names.length > 0) entries.set(cluster, { names, settings: [] });
  }
  return entries;
}

/** Those that are reached: in public, or in their VPC through a jump host. */
const nodesOf = (state: State, cluster: string, sshJump: string | undefined): Node[] =>
  knownNodes(state, cluster)
    .filter((node) => addressIn(node, { sshJump }) !== undefined)
    .toSorted((a, b) => naturalCompare(a.name, b.name) || a.id - b.id);

interface How {
  login: Login;
  /** The folder of sockets; undefined where there is none. */
  sockets: string | undefined;
  /** The name of the jump host's entry. */
  jump: string | undefined;
}

const settingsOf = ({ id, ...node }: Node, { pins, login }: NodeSettings, how: How): Setting[] => [
  ['HostName', node.publicAddress ?? node.privateAddress ?? ''],
  ['Port', String(how.login.port)],
  ['User', how.login.user],
  ...pins,
  ...login,
  ...(node.publicAddress === undefined && how.jump !== undefined ? [['ProxyJump', how.jump] as const] : []),
  ...sharing(id, how),
];

/** One connection for all that is done within a minute; one that died is noticed. */
function sharing(id: number, { login, sockets }: Pick<How, 'login' | 'sockets'>): Setting[] {
  const alive: Setting[] = [
    ['ServerAliveInterval', '15'],
    ['ServerAliveCountMax', '3'],
  ];
  if (sockets === undefined || process.platform === 'win32') return alive;
  const path = join(sockets, String(id));
  const longest = Buffer.byteLength(`${path}-${login.user}-${login.port}`) + SOCKET_SUFFIX;
  if (longest > LONGEST_SOCKET) return alive;
  return [
    ['ControlMaster', 'auto'],
    // The droplet's id: an address may be another's by then. ssh puts the login and the port in.
    ['ControlPath', sshPath(path).replace(/"?$/, '-%r-%p$&')],
    ['ControlPersist', '60'],
    ...alive,
  ];
}
