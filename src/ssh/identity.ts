// The user's keys: the private keys to log in with, and the public halves to give to DigitalOcean.
import { join } from 'node:path';
import type ssh2 from 'ssh2';
import { BeltError, messageOf } from '../errors.ts';
import { agentIdentities, agentWith } from './agent.ts';
import { keyBytes, keyLine, md5Fingerprint, sha256Fingerprint } from './fingerprint.ts';
import type { Identity } from './host.ts';
import { isReadable, type KeyFile, readKeyFile } from './key-file.ts';

export interface IdentityOptions {
  /** `ssh_key_path`: the only key to use when it is given. */
  keyPath: string | undefined;
  /** `SSH_AUTH_SOCK`. */
  agentSocket: string | undefined;
  home: string;
  /** Asks for a passphrase; undefined where there is no terminal. */
  askPassphrase: ((path: string) => Promise<string>) | undefined;
  signal: AbortSignal;
  /** Called with what is skipped and why. */
  onWarning?: (text: string) => void;
}

export type { Identity } from './host.ts';

export interface Identities {
  list: Identity[];
  agentSocket: string | undefined;
}

/** In OpenSSH's order. */
const USUAL_KEYS = ['id_ed25519', 'id_ecdsa', 'id_rsa'];
/** sshd disconnects at the sixth unknown key (MaxAuthTries). */
const MOST_OFFERED = 5;

/**
 * The identities to log in with: only the configured key, else the agent's and then the default files (docs/design.md §6). A default
 * file that is encrypted is only opened when there is nothing else.
 * @throws BeltError naming the key that cannot be read, or saying that there is none.
 */
export async function loadIdentities(options: IdentityOptions): Promise<Identities> {
  const { keyPath, agentSocket } = options;
  if (keyPath !== undefined) return { list: [await configured(keyPath, options)], agentSocket };
  const list = await heldBy(options);
  const files = usualFiles(options.home).flatMap((path) => usable(path, options));
  for (const file of files.filter(({ state }) => state === 'open')) {
    const identity = await fileIdentity(file, options);
    if (!list.some(({ fingerprint }) => fingerprint === identity.fingerprint)) list.push(identity);
  }
  if (list.length === 0 && files[0] !== undefined) list.push(await fileIdentity(files[0], options));
  if (list.length > 0) return { list, agentSocket };
  throw new BeltError('no SSH key to log in with', {
    hint: 'create one with `ssh-keygen -t ed25519`, or set ssh_key_path in .belt.yaml',
  });
}

/**
 * The identities as far as they are known without a passphrase: the default files that say what their public half is, and what only the
 * agent has. For a program that opens the keys itself.
 */
export async function publicIdentities(
  options: Pick<IdentityOptions, 'agentSocket' | 'home' | 'signal' | 'onWarning'>,
): Promise<Identity[]> {
  const all = { ...options, keyPath: undefined, askPassphrase: undefined };
  const files = usualFiles(options.home)
    .flatMap((path) => usable(path, all))
    .flatMap(({ path, publicBytes }): Identity[] =>
      publicBytes
        ? [{ publicKey: `${keyLine(publicBytes)} ${path}`, fingerprint: md5Fingerprint(publicBytes), source: path }]
        : [],
    );
  const known = new Set(files.map(({ fingerprint }) => fingerprint));
  return [...files, ...(await heldBy(all)).filter(({ fingerprint }) => !known.has(fingerprint))];
}

const usualFiles = (home: string): string[] =>
  USUAL_KEYS.map((name) => join(home, '.ssh', name)).filter((path) => isReadable(path));

/** A default file, or undefined if it must not be used: then others are tried. */
function usable(path: string, { onWarning }: IdentityOptions): KeyFile[] {
  try {
    const file = readKeyFile(path);
    return file.state === 'public' ? [] : [file];
  } catch (error) {
    onWarning?.(`${messageOf(error)}: ignoring it`);
    return [];
  }
}

/** The identity to give to new droplets: that of a default file if there is one, else the first. */
export function ownIdentity({ list }: Identities, home: string): Identity {
  const usual = usualFiles(home).flatMap((path) => {
    try {
      return readKeyFile(path).publicBytes ?? [];
    } catch {
      return [];
    }
  });
  const own = usual.flatMap((bytes) => list.find(({ publicKey }) => keyBytes(publicKey)?.equals(bytes)) ?? []);
  return own[0] ?? list[0]!;
}

/**
 * The identities in the order in which they are offered to a host, at most five: those with one of these fingerprints (MD5 or SHA256)
 * first, then `own`, the one that new droplets get, then the others.
 */
export function loginOrder({ list }: Identities, own: Identity, fingerprints: readonly string[]): Identity[] {
  const first = fingerprints.flatMap((wanted) => list.filter((one) => fingerprintsOf(one).includes(wanted)));
  return [...new Set([...first, own, ...list])].slice(0, MOST_OFFERED);
}

const fingerprintsOf = ({ publicKey, fingerprint }: Identity): string[] => {
  const bytes = keyBytes(publicKey);
  return bytes ? [fingerprint, sha256Fingerprint(bytes)] : [fingerprint];
};

/** How to offer identities to a server, in order and without the `none` round trip. */
export function authMethods({ list, agentSocket }: Identities, username: string): ssh2.AnyAuthMethod[] {
  return list.slice(0, MOST_OFFERED).flatMap((identity): ssh2.AnyAuthMethod[] => {
    if (identity.key) return [{ type: 'publickey', username, key: identity.key }];
    if (agentSocket === undefined) return [];
    return [{ type: 'agent', username, agent: agentWith(agentSocket, identity) }];
  });
}

/** The agent's keys; none if it does not answer. */
async function heldBy({ agentSocket, signal, onWarning }: IdentityOptions): Promise<Identity[]> {
  if (agentSocket === undefined) return [];
  try {
    return await agentIdentities(agentSocket, signal);
  } catch (error) {
    signal.throwIfAborted();
    onWarning?.(`${messageOf(error)}: trying key files only`);
    return [];
  }
}

/** The key that `ssh_key_path` names, by its private or its public half. */
async function configured(path: string, options: IdentityOptions): Promise<Identity> {
  const file = readKeyFile(path);
  if (file.state !== 'public') return fileIdentity(file, options);
  const held = await inAgent(file, options);
  if (held) return held;
  const privatePath = path.replace(/\.pub$/, '');
  if (privatePath !== path && isReadable(privatePath)) return fileIdentity(readKeyFile(privatePath), options);
  throw new BeltError(`${path} is a public key, and its private half is neither next to it nor in the ssh-agent`, {
    hint: 'add the private half to the agent with ssh-add, or set ssh_key_path to it',
  });
}

async function inAgent({ publicBytes }: KeyFile, options: IdentityOptions): Promise<Identity | undefined> {
  if (publicBytes === undefined) return undefined;
  return (await heldBy(options)).find(({ publicKey }) => keyBytes(publicKey)?.equals(publicBytes));
}

async function fileIdentity(file: KeyFile, options: IdentityOptions): Promise<Identity> {
  const { path, state } = file;
  if (state === 'unreadable' || state === 'public') {
    throw new BeltError(`${path} is not a private key that belt can read`, {
      hint: 'set ssh_key_path to an OpenSSH or PEM private key',
    });
  }
  const held = state === 'encrypted' ? await inAgent(file, options) : undefined;
  if (held) return held;
  const key = file.open(state === 'encrypted' ? await passphrase(file, options) : undefined);
  if (key === undefined) {
    throw new BeltError(`wrong passphrase for ${path}`, { hint: 'run the same command again' });
  }
  const bytes = key.getPublicSSH();
  const publicKey = `${keyLine(bytes)} ${key.comment || path}`;
  return { publicKey, fingerprint: md5Fingerprint(bytes), source: path, key };
}

function passphrase({ path, publicBytes }: KeyFile, { askPassphrase, agentSocket }: IdentityOptions): Promise<string> {
  if (askPassphrase) return askPassphrase(path);
  const isUnknown = publicBytes === undefined && agentSocket !== undefined;
  throw new BeltError(`the SSH key ${path} is encrypted and there is no terminal to ask for its passphrase`, {
    hint: isUnknown
      ? `if the agent has it, write its public half next to it: ssh-keygen -y -f ${path} > ${path}.pub`
      : `add it to the agent: ssh-add ${path}`,
  });
}
