// Why a host could not be reached, in a user's words.
import { Unreachable } from '../errors.ts';
import { sha256Fingerprint } from './fingerprint.ts';
import type { SshHost } from './host.ts';

/** Why a connection failed, as far as the caller's decisions depend on it. */
export type Refusal = 'no-route' | 'timeout' | 'auth' | 'host-key' | 'handshake' | 'lost' | 'turned-away';

export class SshError extends Unreachable {
  override readonly name = 'SshError';
  readonly refusal: Refusal;
  /** The name of the host that it is about. */
  readonly host: string;
  /** The cause in a few words, for progress displays: "connection refused". */
  readonly short: string;
  /** The key that the host presented, when that was refused. */
  hostKey: Buffer | undefined;
  /** It is the fault of the jump host on the way to it. */
  isJumps = false;
  /** It was waited for but not reached before the deadline. */
  late = false;
  /** The connection was lost before the host could be asked for anything: asking again does nothing twice. */
  isUnasked = false;

  constructor(host: Pick<SshHost, 'name' | 'address'>, refusal: Refusal, short: string, hint?: string) {
    const who = host.address === host.name ? host.name : `${host.name} (${host.address})`;
    super(`${who}: ${short}`, hint === undefined ? {} : { hint });
    this.refusal = refusal;
    this.host = host.name;
    this.short = short;
  }
}

/** Whether nothing answered at all, as when the host is off or behind a firewall. */
export const isSilence = ({ refusal }: SshError): boolean => refusal === 'no-route' || refusal === 'timeout';

/** Whether sshd opened no channel, which it says with a number (RFC 4254, section 5.1): the error itself, or what it was caused by. */
export const isChannelRefused = (error: unknown): boolean =>
  error instanceof Error && (hasReason(error) || hasReason(error.cause));

const hasReason = (error: unknown): boolean => typeof (error as { reason?: unknown } | undefined)?.reason === 'number';

/**
 * What OpenSSH says in place of its name: since 9.8 to an address that it penalises and beyond its MaxStartups, and before that beyond
 * its MaxStartups (openssh-portable, sshd.c).
 */
const TURNED_AWAY: ReadonlySet<string> = new Set(['Not allowed at this time', 'Exceeded MaxStartups']);

/**
 * ssh2's error for a connection that failed, as ours; `wrongKey` is the host key that was refused, `greeting` the first line that the
 * host sent.
 */
export function refusal(
  host: SshHost,
  error: Error & { level?: string; code?: string | number },
  { wrongKey, greeting }: { wrongKey: Buffer | undefined; greeting: string },
): SshError {
  if (TURNED_AWAY.has(greeting)) {
    return new SshError(
      host,
      'turned-away',
      'its sshd turns connections away for now, as it does after failed logins from here and while too many log in',
      'wait a minute, then run the same command again',
    );
  }
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
      `compare that with ${host.trust === undefined ? 'its console' : 'what its administrator says'}, then: ${trustWords(host)}`,
    );
  }
  const pinned = host.hostKeys.map(sha256Fingerprint).join(' or ');
  return new SshError(
    host,
    'host-key',
    `its host key does not match the pinned one: ${presented}, but ${pinned} is pinned`,
    `another machine may answer there; if you know why the key changed: ${trustWords(host)}`,
  );
}

const trustWords = ({ name, trust = `belt trust ${name}` }: SshHost): string => trust;
