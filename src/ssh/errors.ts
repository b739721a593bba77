// Why a host could not be reached, in a user's words.
import { Unreachable } from '../errors.ts';
import { sha256Fingerprint } from './fingerprint.ts';
import type { SshHost } from './host.ts';

/** Why a connection failed, as far as the caller's decisions depend on it. */
export type Refusal = 'no-route' | 'timeout' | 'auth' | 'host-key' | 'handshake' | 'lost';

export class SshError extends Unreachable {
  override readonly name = 'SshError';
  readonly refusal: Refusal;
  /** The cause in a few words, for progress displays: "connection refused". */
  readonly short: string;
  /** The key that the host presented, when that was refused. */
  hostKey: Buffer | undefined;
  /** It was waited for but not reached before the deadline. */
  late = false;

  constructor(host: Pick<SshHost, 'name' | 'address'>, refusal: Refusal, short: string, hint?: string) {
    super(`${host.name} (${host.address}): ${short}`, hint === undefined ? {} : { hint });
    this.refusal = refusal;
    this.short = short;
  }
}

/** Whether nothing answered at all, as when the host is off or behind a firewall. */
export const isSilence = ({ refusal }: SshError): boolean => refusal === 'no-route' || refusal === 'timeout';

/** ssh2's error for a connection that failed, as ours; `wrongKey` is the host key that was refused. */
export function refusal(
  host: SshHost,
  error: Error & { level?: string; code?: string | number },
  wrongKey: Buffer | undefined,
): SshError {
  if (wrongKey) return Object.assign(hostKeyError(host, wrongKey), { hostKey: wrongKey });
  if (/too many authentication failures/i.test(error.message)) {
    return new SshError(
      host,
      'auth',
      `it rejected the SSH keys that it was offered and accepts no more (too many authentication failures)`,
      'set ssh_key_path to the key that the droplet was created with',
    );
  }
  if (error.level === 'client-authentication') {
    return new SshError(
      host,
      'auth',
      `it rejected the SSH key for ${host.user}`,
      'set ssh_user, and ssh_key_path to a key that the droplet was created with',
    );
  }
  // sshd drops connections beyond its MaxStartups before it identifies itself.
  if (/before handshake/.test(error.message)) return new SshError(host, 'lost', 'the connection was closed');
  if (error.level === 'client-timeout') return new SshError(host, 'timeout', 'SSH timed out');
  // The server sent a disconnect message: its code is a number (RFC 4253, section 11.1).
  if (typeof error.code === 'number') return new SshError(host, 'lost', `it closed the connection: ${error.message}`);
  if (error.level === 'client-socket' || error.code) return socketRefusal(host, error as NodeJS.ErrnoException);
  return new SshError(host, 'handshake', `SSH: ${error.message}`);
}

/** A socket's error as ours. */
export function socketRefusal(
  host: Pick<SshHost, 'name' | 'address'>,
  { code = '', message }: NodeJS.ErrnoException,
): SshError {
  const words: Record<string, string> = {
    ECONNREFUSED: 'connection refused',
    ETIMEDOUT: 'no answer',
    EHOSTUNREACH: 'no route to host',
    ENETUNREACH: 'the network is unreachable',
    ECONNRESET: 'the connection was reset',
  };
  const wasOpen = code === 'ECONNRESET' || code === 'EPIPE';
  return new SshError(host, wasOpen ? 'lost' : 'no-route', words[code] ?? message);
}

function hostKeyError(host: SshHost, key: Buffer): SshError {
  const presented = `it presented ${sha256Fingerprint(key)}`;
  if (host.hostKeys.length === 0) {
    return new SshError(
      host,
      'host-key',
      `its host key is not known here: ${presented}`,
      `compare that with its console, then: belt trust ${host.name}`,
    );
  }
  const pinned = host.hostKeys.map(sha256Fingerprint).join(' or ');
  return new SshError(
    host,
    'host-key',
    `its host key does not match the pinned one: ${presented}, but ${pinned} is pinned`,
    `another machine may answer there; if you know why the key changed: belt trust ${host.name}`,
  );
}
