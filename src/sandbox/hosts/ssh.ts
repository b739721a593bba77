// A host's sshd: it listens, authenticates, and passes on sessions and streams.
import { once } from 'node:events';
import { createServer, type Server as NetServer, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import ssh2, { type Connection, type Session } from 'ssh2';
import { admits, type FirewallRules } from '../firewall.ts';
import type { HostFaults } from '../types.ts';
import { authenticate } from './auth.ts';
import type { Plug } from './cable.ts';
import type { HostView } from './commands/types.ts';
import { answerSession } from './session.ts';

export interface SshdOptions {
  host: HostView;
  /** Read when it starts and when it is told to reload. */
  hostKeys: () => string[];
  authorizedKeys: readonly string[];
  faults: HostFaults;
  /** A connection of this host's to another one that it reaches; words of the refusal otherwise, undefined where nothing answers. */
  dial: (address: string, port: number) => Plug | string | undefined;
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
  readonly #sockets = new Map<string, Socket | Plug>();
  #isOpen = false;
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
    this.#resetsLeft = options.faults.sshResets ?? 0;
    this.#joinResetsLeft = options.faults.joinResets ?? 0;
  }

  /** Whether it answers hosts beside it. */
  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** Listens; without an address only to hosts beside it. */
  async open(address: string, port: number): Promise<void> {
    this.#isOpen = true;
    this.#noticeEndsAt ??= this.#options.host.world.now() + (this.#options.faults.noticeMs ?? 0);
    if (address !== '') await this.#listen(address, port);
  }

  async #listen(address: string, port: number): Promise<void> {
    const listener = createServer({ noDelay: true }, (socket) => this.#arrived(socket));
    this.#listener = listener;
    listener.on('connection', () => this.#count(listener, () => this.#listen(address, port)));
    await once(listener.listen(port, address), 'listening');
  }

  /** Stops listening and resets every connection. */
  async shut(): Promise<void> {
    this.#isOpen = false;
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
    const { host, faults } = this.#options;
    const now = host.world.now();
    this.#arrivals = [...this.#arrivals.filter((at) => at > now - LIMIT_MS), now];
    if (this.#arrivals.length < (faults.sshLimit ?? Number.POSITIVE_INFINITY)) return;
    listener.close();
    host.world.after(this.#arrivals[0]! + LIMIT_MS - now, () => {
      if (this.#listener === listener) void reopen();
    });
  }

  #arrived(socket: Socket): void {
    this.#keep(socket);
    if (!isLetIn(this.firewall, socket.localPort ?? SSH_PORT, OUTSIDE)) return drop(socket);
    this.#protocol().injectSocket(socket);
  }

  /** The same from a host beside it. */
  plugIn(plug: Plug): void {
    this.#keep(plug);
    if (isLetIn(this.firewall, plug.localPort, [plug.remoteAddress])) this.#protocol().injectSocket(plug as never);
    else plug.resume();
  }

  #keep(socket: Socket | Plug): void {
    const name = `${socket.remoteAddress}:${socket.remotePort}`;
    this.#sockets.set(name, socket);
    socket.once('close', () => this.#sockets.delete(name));
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

  /** What nothing answers stays unanswered: the client gives up. */
  #forward({ accept, reject, to }: Forwarding, refusals: Refusals): void {
    const plug = this.#options.dial(to.destIP, to.destPort);
    if (plug === undefined) return;
    if (typeof plug === 'string') {
      refusals.words = plug;
      reject(CONNECT_FAILED);
      refusals.words = '';
      return;
    }
    const channel = accept();
    channel.on('error', () => {}).on('close', () => plug.destroy());
    plug.on('close', () => channel.destroy());
    channel.pipe(plug).pipe(channel);
  }

  #connected(client: Connection, socket: Socket | Plug | undefined): void {
    const { host, authorizedKeys, faults, log } = this.#options;
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
    const login = authenticate(client, { authorizedKeys, users: faults.plainUser ? 'any' : 'root' });
    const refusals = refuseInWords(client);
    client.on('tcpip', (accept, reject, to) => this.#forward({ accept, reject, to }, refusals));
    const ends = [socket?.remoteAddress, socket?.remotePort, socket?.localAddress, socket?.localPort];
    const sshConnection = ends.join(' ');
    const notice = host.world.now() < (this.#noticeEndsAt ?? 0) ? NOTICE : undefined;
    let sessions = 0;
    client.on('session', (accept, reject) => {
      if (sessions >= MAX_SESSIONS) return reject();
      sessions++;
      const session = accept();
      session.once('close', () => {
        sessions--;
        answerClose(client, session);
      });
      answerSession(session, host, { user: login.user, sshConnection, began, notice });
    });
    client.on('openssh.streamlocal', (accept, reject, { socketPath }) => {
      const isOpen = !faults.noForward && login.user === 'root' && DOCKER_SOCKET.test(socketPath);
      if (!isOpen || host.engine?.up !== true) return reject();
      const stream: Duplex = accept();
      host.http.serve(host.engine, stream, asked);
      began();
    });
  }
}

const SSH_PORT = 22;
/** RFC 4254, section 5.1: SSH_OPEN_CONNECT_FAILED. */
const CONNECT_FAILED = 2;

/** A connection that a client wants to another host. */
interface Forwarding {
  accept: () => Duplex;
  reject: (reason?: number) => void;
  to: { destIP: string; destPort: number };
}

/** The words of the next refusal. */
interface Refusals {
  words: string;
}

/** The library refuses a channel without a word; OpenSSH says "open failed" or why, and clients tell it on. */
function refuseInWords(client: Connection): Refusals {
  const refusals: Refusals = { words: '' };
  const { _protocol: protocol } = client as unknown as { _protocol: ChannelRefusals };
  const refuse = protocol.channelOpenFail.bind(protocol);
  protocol.channelOpenFail = (channel, reason, words) =>
    refuse(channel, reason, words || refusals.words || 'open failed');
  return refusals;
}

interface ChannelRefusals {
  channelOpenFail(channel: number, reason: number, words?: string): void;
  channelClose(channel: number): void;
}

/** The library answers it where something ran; a client that shares its connection waits for the answer (scp). */
function answerClose(client: Connection, session: Session): void {
  const { _channel: ran, _chanInfo: info } = session as unknown as {
    _channel: unknown;
    _chanInfo: { outgoing: { id: number } };
  };
  const { _protocol: protocol } = client as unknown as { _protocol: ChannelRefusals };
  if (ran === undefined) protocol.channelClose(info.outgoing.id);
}

/**
 * Whether a new connection gets past the cloud firewall. Connections that stand are not asked again: DigitalOcean's
 * filters are stateful, and "adding new rules to a firewall will not terminate existing connections".
 *
 * Whoever comes over loopback stands for the world outside, so a rule lets them in when it is for everybody (or, so that
 * a test can say so, for loopback itself), not when it names other addresses. The port is the one that a droplet's sshd
 * has, or the sandbox's own that stands for it.
 */
function isLetIn(firewall: FirewallRules | undefined, port: number, from: readonly string[]): boolean {
  if (firewall === undefined) return true;
  return [SSH_PORT, port].some((each) =>
    from.some((address) => admits(firewall.inbound, { protocol: 'tcp', port: each, address })),
  );
}

const OUTSIDE = ['127.0.0.1', '::1'];

/** The kernel has accepted already; what a filter does comes to the same for a client: it waits in vain. */
function drop(socket: Socket): void {
  socket.on('error', () => {});
  // Read, or its end would never be noticed.
  socket.resume();
}
