// A host's sshd: it listens, authenticates, and passes on sessions and streams.

import { createServer, type Server as NetServer, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import ssh2, { type Connection } from 'ssh2';
import { admits, type FirewallRules } from '../firewall.ts';
import { authenticate } from './auth.ts';
import type { HostView } from './commands/types.ts';
import { answerSession } from './session.ts';

export interface SshdOptions {
  host: HostView;
  /** Read when it starts and when it is told to reload. */
  hostKeys: () => string[];
  authorizedKeys: readonly string[];
  /** This many connections are cut in the middle of their first command. */
  resets: number;
  /** This many connections are cut while the engine starts or joins a swarm. */
  joinResets: number;
  /** This many connections are let in within 30 s. */
  limit: number;
  /** For so long after it opened first, a connection that is made runs nothing. */
  noticeMs: number;
  log: (line: string) => void;
}

const MAX_SESSIONS = 10;
/** A cut falls so long after the command began: it may have taken effect, and its end is never told. */
const CUT_AFTER_MS = 5;
/** The window in which ufw counts connections. */
const LIMIT_MS = 30_000;
const JOINS = /\/swarm\/(init|join)$/;
/** What DigitalOcean's 1-Click images answer root with until their first boot is done. */
const NOTICE = 'Please wait while we get your droplet ready...\n';
const DOCKER_SOCKET = /^(\/var)?\/run\/docker\.sock$/;

const ALGORITHMS = {
  kex: [
    'curve25519-sha256',
    'curve25519-sha256@libssh.org',
    'ecdh-sha2-nistp256',
    'ecdh-sha2-nistp384',
    'ecdh-sha2-nistp521',
    'diffie-hellman-group16-sha512',
    'diffie-hellman-group14-sha256',
  ],
} as const;

export class Sshd {
  readonly #options: SshdOptions;
  readonly #sockets = new Map<string, Socket>();
  #resetsLeft: number;
  #joinResetsLeft: number;
  /** When connections were made in the last while, ms since the epoch. */
  #arrivals: number[] = [];
  /** ms since the epoch; undefined before it opened. */
  #noticeEndsAt: number | undefined;
  #listener: NetServer | undefined;
  #server: InstanceType<typeof ssh2.Server> | undefined;
  /** Undefined lets everybody in. */
  firewall: FirewallRules | undefined;

  constructor(options: SshdOptions) {
    this.#options = options;
    this.#resetsLeft = options.resets;
    this.#joinResetsLeft = options.joinResets;
  }

  /** Listens. */
  async open(address: string, port: number): Promise<void> {
    const listener = createServer({ noDelay: true }, (socket) => this.#arrived(socket));
    this.#listener = listener;
    this.#noticeEndsAt ??= Date.now() + this.#options.noticeMs;
    listener.on('connection', () => this.#count(listener, () => this.open(address, port)));
    await new Promise<void>((resolve, reject) => {
      listener.once('error', reject);
      listener.listen(port, address, () => resolve());
    });
  }

  /** Stops listening and resets every connection. */
  async shut(): Promise<void> {
    const listener = this.#listener;
    this.#listener = undefined;
    for (const socket of this.#sockets.values()) socket.resetAndDestroy();
    this.#sockets.clear();
    if (listener?.listening === true) await new Promise((resolve) => listener.close(resolve));
  }

  /** The next connection is met by the keys that the host has then. */
  reload(): void {
    this.#server = undefined;
  }

  /** Closes to new connections at the limit, and reopens when the oldest is long enough ago. */
  #count(listener: NetServer, reopen: () => Promise<void>): void {
    const { host, limit } = this.#options;
    const now = Date.now();
    this.#arrivals = [...this.#arrivals.filter((at) => at > now - LIMIT_MS), now];
    if (this.#arrivals.length < limit) return;
    listener.close();
    host.world.after(this.#arrivals[0]! + LIMIT_MS - now, () => {
      if (this.#listener === listener) void reopen();
    });
  }

  #arrived(socket: Socket): void {
    const name = `${socket.remoteAddress}:${socket.remotePort}`;
    this.#sockets.set(name, socket);
    socket.once('close', () => this.#sockets.delete(name));
    if (!isLetIn(this.firewall, socket.localPort ?? SSH_PORT)) return drop(socket);
    this.#protocol().injectSocket(socket);
  }

  /** Made when the first connection comes, so that a host nobody visits costs nothing. */
  #protocol(): InstanceType<typeof ssh2.Server> {
    this.#server ??= new ssh2.Server(
      // The SSH library opens streams to unix sockets only at what says it is OpenSSH.
      {
        hostKeys: this.#options.hostKeys(),
        ident: 'OpenSSH_9.6p1 Ubuntu-3ubuntu13.14',
        algorithms: { kex: [...ALGORITHMS.kex] },
      },
      (client, info) => this.#connected(client, this.#sockets.get(`${info.ip}:${info.port}`)),
    );
    return this.#server;
  }

  #connected(client: Connection, socket: Socket | undefined): void {
    const { host, authorizedKeys, log } = this.#options;
    const isCut = this.#resetsLeft > 0;
    const cut = () => host.world.after(CUT_AFTER_MS, () => socket?.resetAndDestroy());
    const began = () => {
      if (!isCut || this.#resetsLeft <= 0) return;
      this.#resetsLeft--;
      cut();
    };
    const asked = (path: string) => {
      if (this.#joinResetsLeft <= 0 || !JOINS.test(path)) return;
      this.#joinResetsLeft--;
      cut();
    };
    client.on('error', (error: Error) => log(`${host.hostname}: ssh: ${error.message}`));
    authenticate(client, authorizedKeys);
    refuseInWords(client);
    const ends = [socket?.remoteAddress, socket?.remotePort, socket?.localAddress, socket?.localPort];
    const sshConnection = ends.join(' ');
    const notice = Date.now() < (this.#noticeEndsAt ?? 0) ? NOTICE : undefined;
    let sessions = 0;
    client.on('session', (accept, reject) => {
      if (sessions >= MAX_SESSIONS) return reject();
      sessions++;
      const session = accept();
      session.once('close', () => sessions--);
      answerSession(session, host, { sshConnection, began, notice });
    });
    client.on('openssh.streamlocal', (accept, reject, { socketPath }) => {
      if (!DOCKER_SOCKET.test(socketPath) || host.engine?.up !== true) return reject();
      const stream: Duplex = accept();
      host.http.serve(host.engine, stream, asked);
      began();
    });
  }
}

const SSH_PORT = 22;

/** The library refuses a channel without a word; OpenSSH says "open failed", and clients tell it on. */
function refuseInWords(client: Connection): void {
  const { _protocol: protocol } = client as unknown as { _protocol: ChannelRefusals };
  const refuse = protocol.channelOpenFail.bind(protocol);
  protocol.channelOpenFail = (channel, reason, words) => refuse(channel, reason, words || 'open failed');
}

interface ChannelRefusals {
  channelOpenFail(channel: number, reason: number, words?: string): void;
}

/**
 * Whether a new connection gets past the cloud firewall. Connections that stand are not asked again: DigitalOcean's
 * filters are stateful, and "adding new rules to a firewall will not terminate existing connections".
 *
 * Whoever comes over loopback stands for the world outside, so a rule lets them in when it is for everybody (or, so that
 * a test can say so, for loopback itself), not when it names other addresses. The port is the one that a droplet's sshd
 * has, or the sandbox's own that stands for it.
 */
function isLetIn(firewall: FirewallRules | undefined, port: number): boolean {
  if (firewall === undefined) return true;
  return [SSH_PORT, port].some((each) =>
    ['127.0.0.1', '::1'].some((address) => admits(firewall.inbound, { protocol: 'tcp', port: each, address })),
  );
}

/** The kernel has accepted already; what a filter does comes to the same for a client: it waits in vain. */
function drop(socket: Socket): void {
  socket.on('error', () => {});
  // Read, or its end would never be noticed.
  socket.resume();
}
