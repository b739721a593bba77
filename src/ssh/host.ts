// A host, how to log in to it, and how long it may take.
import type { Duplex } from 'node:stream';
import type ssh2 from 'ssh2';

/** What belt needs to know to log in to a host. */
export interface SshHost {
  /** The node's name, for messages. */
  name: string;
  address: string;
  port: number;
  user: string;
  /** In this order, each at most once. */
  auth: ssh2.AnyAuthMethod[];
  /** Called with the index in `auth` of the method that worked. */
  onLogin?: (index: number) => void;
  /** The only host keys that are accepted, as wire bytes. */
  hostKeys: readonly Buffer[];
  /** The way to it, where it is not reached from here. */
  jump?: Jump;
  /** The command that has its host key accepted; by default that for a node of its name. */
  trust?: string;
}

/** A host through which others are reached. */
export interface Jump {
  /** A stream to the other host's address and port. @throws SshError that says whether the jump host is at fault */
  open(
    host: Pick<SshHost, 'name' | 'address' | 'port'>,
    patience: { timeoutMs: number; signal?: AbortSignal | undefined },
  ): Promise<Duplex>;
}

/** How soon it is noticed that a host no longer answers. */
export interface KeepAlive {
  everyMs: number;
  /** So many unanswered ones in a row end the connection. */
  misses: number;
}

export interface ConnectOptions {
  /** For TCP, handshake and login together; an agent that waits for its user's touch may take longer. */
  timeoutMs: number;
  /** For TCP only. */
  tcpTimeoutMs?: number;
  signal?: AbortSignal;
  keepAlive?: KeepAlive | undefined;
  /** Runs handshake and login when there is room for them: they are CPU work. */
  limit?: <T>(task: () => Promise<T>) => Promise<T>;
}

/** How long something on a connection may take. */
export interface Patience {
  signal?: AbortSignal | undefined;
  /** In ms. */
  timeoutMs?: number | undefined;
}

/** How a remote command ended. */
export interface ExecResult {
  /** 128 + n when a signal ended it. */
  code: number;
  stdout: string;
  stderr: string;
}

/** A login method, with the public key that the droplet must know. */
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
