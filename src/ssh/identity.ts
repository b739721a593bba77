// The user's own keys: which private keys belt may log in with, and the public halves that it can give to DigitalOcean.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import ssh2 from 'ssh2';
import { BeltError, messageOf } from '../errors.ts';
import { agentIdentities, agentWith } from './agent.ts';
import { keyBytes, keyLine, md5Fingerprint } from './fingerprint.ts';

export interface IdentityOptions {
  /** `ssh_key_path`: the only key to use when it is given. */
  keyPath: string | undefined;
  /** `SSH_AUTH_SOCK`. */
  agentSocket: string | undefined;
  home: string;
  /** Asks for a passphrase; undefined where there is no terminal. */
  askPassphrase: ((path: string) => Promise<string>) | undefined;
  signal: AbortSignal;
  /** Told what is passed over, and why. */
  onWarning?: (text: string) => void;
}

/** One way to log in, with the public key that the droplet must know. */
export interface Identity {
  /** `type base64 comment`. */
  publicKey: string;
  /** MD5, `aa:bb:…`. */
  fingerprint: string;
  /** A path, or `ssh-agent`. */
  source: string;
  /** Parsed private key; undefined when the agent signs. */
  key?: ssh2.ParsedKey;
}

export interface Identities {
  list: Identity[];
  agentSocket: string | undefined;
}

const DEFAULT_KEYS = ['id_ed25519', 'id_rsa'];
const UNREADABLE: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EACCES: 'permission denied',
  EISDIR: 'it is a folder',
};

/**
 * The identities to log in with: the configured key alone, else the agent's and then the usual files (design §6). A usual
 * file that is encrypted is opened only when there is nothing else.
 * @throws BeltError naming the key that cannot be read, or saying that there is none.
 */
export async function loadIdentities(options: IdentityOptions): Promise<Identities> {
  const { keyPath, agentSocket } = options;
  if (keyPath !== undefined) return { list: [await fileIdentity(keyPath, options)], agentSocket };
  const list = await heldBy(options);
  const files = DEFAULT_KEYS.map((name) => join(options.home, '.ssh', name)).filter(readable);
  const open = files.filter((path) => !(ssh2.utils.parseKey(readKey(path)) instanceof Error));
  for (const path of open) {
    const identity = await fileIdentity(path, options);
    if (!list.some(({ fingerprint }) => fingerprint === identity.fingerprint)) list.push(identity);
  }
  if (list.length === 0 && files[0] !== undefined) list.push(await fileIdentity(files[0], options));
  if (list.length > 0) return { list, agentSocket };
  throw new BeltError('there is no SSH key to log in with', {
    hint: 'make one with `ssh-keygen -t ed25519`, or name yours with ssh_key_path in .belt.yaml',
  });
}

/** The identity to give to new droplets: that of a usual file where there is one, else the first. */
export function ownIdentity({ list }: Identities, home: string): Identity {
  const usual = DEFAULT_KEYS.flatMap((name) => publicHalf(join(home, '.ssh', name)) ?? []);
  const own = list.find(({ publicKey }) => usual.some((bytes) => keyBytes(publicKey)?.equals(bytes)));
  return own ?? list[0]!;
}

/** How to offer identities to a server, the configured ones first, without the `none` round. */
export function authMethods({ list, agentSocket }: Identities, username: string): ssh2.AnyAuthMethod[] {
  const keys = list.flatMap(({ key }) => (key ? [{ type: 'publickey' as const, username, key }] : []));
  if (agentSocket === undefined) return keys;
  const held = list.filter(({ key }) => !key);
  return [...keys, ...held.map((one) => ({ type: 'agent' as const, username, agent: agentWith(agentSocket, one) }))];
}

/** What the agent holds; nothing from one that keeps silent. */
async function heldBy({ agentSocket, signal, onWarning }: IdentityOptions): Promise<Identity[]> {
  if (agentSocket === undefined) return [];
  try {
    return await agentIdentities(agentSocket, signal);
  } catch (error) {
    signal.throwIfAborted();
    onWarning?.(`${messageOf(error)}: only key files are tried`);
    return [];
  }
}

function readable(path: string): boolean {
  try {
    readFileSync(path);
    return true;
  } catch {
    return false;
  }
}

async function fileIdentity(path: string, options: IdentityOptions): Promise<Identity> {
  const text = readKey(path);
  let parsed = ssh2.utils.parseKey(text);
  if (parsed instanceof Error && /encrypted/i.test(parsed.message)) {
    const agents = await heldBy(options);
    const publicBytes = publicHalf(path);
    const held = publicBytes && agents.find((one) => keyBytes(one.publicKey)?.equals(publicBytes));
    if (held) return held;
    parsed = ssh2.utils.parseKey(text, await passphrase(path, options));
    if (parsed instanceof Error) {
      throw new BeltError(`the passphrase does not open ${path}`, { hint: 'run the same command again' });
    }
  }
  const key = parsed instanceof Error ? parsed : [parsed].flat()[0];
  if (key === undefined || key instanceof Error || !key.isPrivateKey()) {
    throw new BeltError(`${path} is not a private key that belt can read`, {
      hint: 'name an OpenSSH or PEM private key with ssh_key_path',
      cause: key,
    });
  }
  const bytes = key.getPublicSSH();
  const publicKey = `${keyLine(bytes)} ${key.comment || path}`;
  return { publicKey, fingerprint: md5Fingerprint(bytes), source: path, key };
}

function readKey(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new BeltError(`cannot read the SSH key ${path}: ${UNREADABLE[code ?? ''] ?? code}`, {
      hint: 'set ssh_key_path to your private key',
    });
  }
}

function publicHalf(path: string): Buffer | undefined {
  try {
    return keyBytes(readFileSync(`${path}.pub`, 'utf8'));
  } catch {
    return undefined;
  }
}

function passphrase(path: string, { askPassphrase }: IdentityOptions): Promise<string> {
  if (askPassphrase) return askPassphrase(path);
  throw new BeltError(`the SSH key ${path} is encrypted and there is no terminal to ask for its passphrase`, {
    hint: `add it to the agent: ssh-add ${path}`,
  });
}
