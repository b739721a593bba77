// What a command and the keeper say to each other. The first message on a connection to the socket says what it is for:
//   lease     a command is about to work on a node. It lasts as long as the connection: when the command dies, its channels close.
//   exec      a remote command, on a channel of the node that a lease is for
//   socket    a stream to a unix socket of that node
//   endpoint  a Docker socket of a node, for as long as the keeper lasts
//   status, stop
// A lease may be asked to log in. The keeper has no key: the command signs for it.
import { type Refusal, SshError } from '../ssh/errors.ts';

/** Belts that differ here do not talk to each other: it is part of the socket's name. */
export const PROTOCOL = 3;

/** Where a node is, and as whom to log in. */
export interface Place {
  /** The droplet's; of a jump host that is no node, the name by which its host key is pinned. */
  id: number | string;
  name: string;
  address: string;
  port: number;
  user: string;
  /** The hosts through one of which it is reached, in this order. */
  jumps?: Place[];
  /** The command that has its host key accepted, where it is no node. */
  trust?: string;
}

/** What a remote command's terminal is. */
export interface PtyRequest {
  term?: string;
  rows?: number;
  cols?: number;
  modes?: Record<string, number>;
}

export type Question =
  | { do: 'lease'; node: Place; keepMs: number }
  | { do: 'exec'; lease: string; command?: string; pty?: PtyRequest }
  | { do: 'socket'; lease: string; path: string }
  | { do: 'endpoint'; lease: string; relogin: Relogin }
  | { do: 'status' }
  | { do: 'stop' };

/** How the keeper itself logs in again for a Docker socket, when no command is there to sign: no secret, and no passphrase is asked. */
export interface Relogin {
  keyPath?: string;
  agentSocket?: string;
  home: string;
  /** MD5 fingerprints of the keys to try first. */
  first: string[];
}

/** From the keeper, on a lease. */
export type LeaseAnswer =
  /** Wants the public keys that the command may log in with. */
  | { is: 'login' }
  /** Wants a signature by one of them; `data` and `signature` are base64. */
  | { is: 'sign'; n: number; key: number; data: string; hash?: string }
  /** The node is connected. `login` is the key that worked just now. */
  | { is: 'kept'; lease: string; hostKey: string; login?: number }
  /** To a ping. */
  | { is: 'there' }
  | { is: 'failed'; error: Failure };

/** From the command, on a lease. */
export type LeaseReply =
  | { ping: true }
  | { keys: string[] }
  | { signed: number; signature?: string }
  | { refused: Failure };

/** From the keeper, on a channel. */
export type ChannelAnswer =
  | { is: 'open' }
  | { is: 'failed'; error: Failure }
  | { is: 'exit'; code: number | null; signal?: string }
  /** The host closed it; a channel that ends without this was cut. */
  | { is: 'closed' };

/** From the keeper, to `endpoint`. */
export type EndpointAnswer = { is: 'endpoint'; socket: string } | { is: 'failed'; error: Failure };

/** From the command, on a channel. */
export interface ChannelReply {
  window: { rows: number; cols: number };
}

export interface NodeStatus {
  name: string;
  address: string;
  /** SSH connections that are open to it. */
  connections: number;
  /** Commands and streams on them. */
  channels: number;
  /** Where `belt env` has its Docker. */
  socket?: string;
}

export interface KeeperStatus {
  pid: number;
  /** After so many ms in which nothing uses it, it ends. */
  keepMs: number;
  /** When it ends, ms since the epoch; undefined while it is in use. */
  endsAt?: number;
  nodes: NodeStatus[];
}

/** An error on its way through the socket. */
export interface Failure {
  message: string;
  /** sshd's number for why it opened no channel. */
  reason?: number;
  ssh?: { refusal: Refusal; short: string; hint?: string; hostKey?: string; isJumps?: boolean };
}

export function failureOf(error: unknown): Failure {
  const { message, reason } = error as Error & { reason?: unknown };
  return {
    message: String(message),
    ...(typeof reason === 'number' && { reason }),
    ...(error instanceof SshError && { ssh: sshPart(error) }),
  };
}

const sshPart = ({ refusal, short, hint, hostKey, isJumps }: SshError): NonNullable<Failure['ssh']> => ({
  refusal,
  short,
  ...(hint !== undefined && { hint }),
  ...(hostKey && { hostKey: hostKey.toString('base64') }),
  ...(isJumps && { isJumps }),
});

/** The same error on the other side. */
export function errorOf({ message, reason, ssh }: Failure, host: Pick<Place, 'name' | 'address'>): Error {
  if (!ssh) return Object.assign(new Error(message), reason !== undefined && { reason });
  const error = new SshError(host, ssh.refusal, ssh.short, ssh.hint);
  error.isJumps = ssh.isJumps ?? false;
  if (ssh.hostKey !== undefined) error.hostKey = Buffer.from(ssh.hostKey, 'base64');
  return error;
}
