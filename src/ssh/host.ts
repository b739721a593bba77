// A host, how to log in to it, and how long it may take.
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
}

export interface ConnectOptions {
  /** For TCP, handshake and login together; an agent that waits for its user's touch may take longer. */
  timeoutMs: number;
  /** For TCP only. */
  tcpTimeoutMs?: number;
  signal?: AbortSignal;
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
