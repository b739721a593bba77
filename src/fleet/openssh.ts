// What OpenSSH needs of belt's state to reach a node: the file with its pins, and the files of the keys to log in with.
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { loginsIn } from '../config/logins.ts';
import type { State } from '../config/state.ts';
import type { Context } from '../context.ts';
import { Unreachable } from '../errors.ts';
import type { Node } from '../model/node.ts';
import { AGENT } from '../ssh/agent.ts';
import { keyBytes, md5Fingerprint } from '../ssh/fingerprint.ts';
import { type Identity, loginOrder, ownIdentity, publicIdentities } from '../ssh/identity.ts';
import { isReadable } from '../ssh/key-file.ts';
import { findOpenSsh, type OpenSsh } from '../ssh/openssh/client.ts';
import { loggingIn, pinning, type Setting } from '../ssh/openssh/options.ts';
import type { JumpSettings } from '../ssh/openssh/proxy.ts';
import { jumpId, KNOWN_HOSTS } from './host-keys.ts';
import { checkTrusted, jumpNodes, jumpOf, noJumpNode } from './jump.ts';

export interface NodeSettings {
  /** Have only its pinned host keys accepted. */
  pins: Setting[];
  /** The keys to log in with, the one that it is known to accept first. */
  login: Setting[];
}

export interface OpenSshOptions {
  /** The only key. */
  keyPath?: string | undefined;
  /** Of the keys to try first; by default those of the settings. */
  fingerprints?: readonly string[] | undefined;
  /** The agent's keys while it shows none: an agent that is away, or locked, has lost none. */
  agentKeys?: readonly string[] | undefined;
  /** Of the ssh that is to read them, where none is found. */
  sshVersion?: number | undefined;
}

/** Settings of ssh_config(5) for nodes. No key is opened: a passphrase is for ssh to ask. */
export async function openSshSettings(
  context: Context,
  { keyPath, fingerprints, agentKeys = [], sshVersion }: OpenSshOptions,
): Promise<(node: Pick<Node, 'id'> | { id: string }) => NodeSettings> {
  const [{ sshKeyFingerprints }, state] = await Promise.all([context.settings(), context.state()]);
  const shown = keyPath === undefined ? await identities(context) : [];
  const list = shown.some(isAgents) ? shown : [...shown, ...heldBefore(agentKeys, shown)];
  const own = list[0] && ownIdentity({ list, agentSocket: undefined }, context.home);
  const knownLogins = loginsIn(state);
  const filesFor = (id: number | string): string[] => {
    if (keyPath !== undefined) return [privateHalf(keyPath)];
    if (own === undefined) return [];
    const wanted = [...(typeof id === 'number' ? knownLogins(id) : []), ...(fingerprints ?? sshKeyFingerprints)];
    const ordered = loginOrder({ list, agentSocket: undefined }, own, wanted);
    return ordered.map((identity) => fileOf(state, identity));
  };
  const knownHosts = join(state.folder, KNOWN_HOSTS);
  const version = openSsh(context)?.version ?? sshVersion;
  return ({ id }) => ({ pins: pinning(id, knownHosts, version), login: loggingIn(filesFor(id)) });
}

/**
 * The jump host for private nodes of the chosen cluster; undefined where none is set.
 * @throws BeltError for one that is not trusted
 * @throws Unreachable where no node is what the setting names: the private address itself may be anybody's here
 */
export async function jumpSettings(
  context: Context,
  settingsOf: (node: { id: number } | { id: string }) => NodeSettings,
): Promise<(JumpSettings & { node?: Node }) | undefined> {
  const [settings, state] = await Promise.all([context.settings(), context.state()]);
  const jump = jumpOf(settings);
  if (jump === undefined) return undefined;
  if (jump.kind === 'host') {
    checkTrusted(state, jump);
    const { pins, login } = settingsOf({ id: jumpId(jump) });
    const { user, address, port } = jump;
    return { address, settings: [...pins, ...login, ['User', user], ['Port', String(port)]] };
  }
  let [node] = jumpNodes(state, settings, jump);
  if (node === undefined) {
    await (await context.fleet()).list();
    [node] = jumpNodes(state, settings, jump);
  }
  if (node === undefined) {
    const { message, hint } = noJumpNode(settings);
    throw new Unreachable(`the jump host ${settings.sshJump}: ${message}`, { hint });
  }
  const { pins, login } = settingsOf(node);
  const { sshUser, sshPort } = settings;
  return {
    node,
    address: node.publicAddress!,
    settings: [...pins, ...login, ['User', sshUser], ['Port', String(sshPort)]],
  };
}

/** The private key where its public half is named and lies next to it; else only the agent can have it. */
function privateHalf(path: string): string {
  const other = path.replace(/\.pub$/, '');
  return isReadable(other) ? other : path;
}

/** The ssh here; undefined where there is none. One look for a command. */
export function openSsh(context: Context): OpenSsh | undefined {
  if (!clients.has(context)) clients.set(context, findOpenSsh(context));
  return clients.get(context);
}

const clients = new WeakMap<Context, OpenSsh | undefined>();

/** The keys that the agent shows, `type base64`; none where this command did not ask it. */
export async function shownAgentKeys(context: Context): Promise<string[]> {
  const shown = (await seen.get(context)) ?? [];
  return shown.filter(isAgents).map(({ publicKey }) => publicKey.split(' ', 2).join(' '));
}

const isAgents = ({ source }: Identity): boolean => source === AGENT;

/** Keys that an agent held, without those that files have. */
function heldBefore(keys: readonly string[], files: readonly Identity[]): Identity[] {
  const known = new Set(files.map(({ fingerprint }) => fingerprint));
  return keys
    .flatMap((publicKey): Identity[] => {
      const bytes = keyBytes(publicKey);
      return bytes ? [{ publicKey, fingerprint: md5Fingerprint(bytes), source: AGENT }] : [];
    })
    .filter(({ fingerprint }) => !known.has(fingerprint));
}

/** One look at the files and the agent for a command. */
const seen = new WeakMap<Context, Promise<Identity[]>>();

function identities(context: Context): Promise<Identity[]> {
  const { env, home, signal, out } = context;
  const agentSocket = env['SSH_AUTH_SOCK'] || undefined;
  const found =
    seen.get(context) ?? publicIdentities({ agentSocket, home, signal, onWarning: (text) => out.warn(text) });
  seen.set(context, found);
  return found;
}

/** Of a key that only the agent has, ssh takes the public half for its name. */
function fileOf(state: State, { source, publicKey }: Identity): string {
  if (source !== AGENT) return source;
  const [type = '', key = ''] = publicKey.split(' ');
  const name = `agent-keys/${createHash('sha256').update(key).digest('hex').slice(0, 16)}.pub`;
  const text = `${type} ${key}\n`;
  if (state.read(name) !== text) state.write(name, text);
  return join(state.folder, name);
}
