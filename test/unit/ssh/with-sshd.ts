// An SSH server of our own, which sees what a client tries, and runs what it is asked to in a real shell.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { createServer, type Server, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import ssh2, { type AnyAuthMethod, type Connection as Client, type ParsedKey, type ServerChannel } from 'ssh2';
import { usableHostKeys } from '../../../src/sandbox/hosts/hostKeys.ts';
import type { SshHost } from '../../../src/ssh/connection.ts';

export interface Key {
  /** PEM. */
  text: string;
  parsed: ParsedKey;
  /** Wire bytes of the public half. */
  bytes: Buffer;
}

export function aKey(): Key {
  const [text = ''] = usableHostKeys([]);
  const parsed = ssh2.utils.parseKey(text);
  if (parsed instanceof Error) throw parsed;
  return { text, parsed, bytes: parsed.getPublicSSH() };
}

export const HOST_KEY = aKey();
export const USER_KEY = aKey();

export interface SshdOptions {
  hostKeys?: string[];
  authorized?: Buffer[];
  /** Answers a command; without it a real shell does. */
  exec?: (channel: ServerChannel, command: string, socket: Socket) => void;
  /** Whether the connection is cut where it is asked for a session, or for a command in one, with no answer to that. */
  cutsAt?: (what: 'session' | 'command') => boolean;
  /** Answers a connection instead of SSH. */
  instead?: (socket: Socket) => void;
  /** Answers streams to unix sockets. */
  unix?: (path: string) => ((stream: Duplex) => void) | undefined;
  port?: number;
}

export interface Sshd {
  port: number;
  connections: number;
  /** `publickey root` or `publickey root, signed`, for every attempt to log in. */
  auths: string[];
  commands: string[];
  ptys: object[];
  resizes: object[];
  sockets: Set<Socket>;
  children: ChildProcess[];
  /** Drops every connection. */
  drop(): void;
  close(): Promise<void>;
}

export async function sshd(options: SshdOptions = {}): Promise<Sshd> {
  const { hostKeys = [HOST_KEY.text], authorized = [USER_KEY.bytes] } = options;
  const sockets = new Set<Socket>();
  const server = new ssh2.Server(
    { hostKeys, ident: 'OpenSSH_9.6p1', algorithms: { kex: ['curve25519-sha256'] } },
    (client, { port }) => {
      client.on('error', () => {});
      authenticate(client, authorized, seen);
      const socket = [...sockets].find((one) => one.remotePort === port)!;
      client.on('session', (accept) => {
        if (options.cutsAt?.('session')) socket.resetAndDestroy();
        else answerSession(accept(), options, seen, socket);
      });
      client.on('openssh.streamlocal', (accept, reject, { socketPath }) => {
        const answer = options.unix?.(socketPath);
        if (answer) answer(accept());
        else reject();
      });
    },
  );
  const listener = createServer({ noDelay: true }, (socket) => {
    seen.connections++;
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
    if (options.instead) options.instead(socket);
    else server.injectSocket(socket);
  });
  const drop = () => {
    for (const socket of sockets) socket.resetAndDestroy();
  };
  const seen: Sshd = {
    port: 0,
    connections: 0,
    auths: [],
    commands: [],
    ptys: [],
    resizes: [],
    sockets,
    children: [],
    drop,
    close: async () => {
      drop();
      for (const child of seen.children) child.kill('SIGKILL');
      await new Promise<void>((resolve) => listener.close(() => resolve()));
    },
  };
  await listen(listener, options.port ?? 0);
  seen.port = (listener.address() as { port: number }).port;
  return seen;
}

/**
 * Listens, on a port that another server here may have had a moment ago: a process that another thread is starting has
 * that one's socket too, until it runs its own program.
 */
async function listen(listener: Server, port: number): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      return await new Promise((resolve, reject) => {
        listener.once('error', reject);
        listener.listen(port, '127.0.0.1', () => {
          listener.off('error', reject);
          resolve();
        });
      });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE' || tries >= 200) throw error;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }
}

/** The host as belt knows it, unless the test says otherwise. */
export function hostAt(port: number, about: Partial<SshHost> = {}): SshHost {
  const auth: AnyAuthMethod[] = [{ type: 'publickey', username: 'root', key: USER_KEY.parsed }];
  return { name: 'node1', address: '127.0.0.1', port, user: 'root', auth, hostKeys: [HOST_KEY.bytes], ...about };
}

/**
 * A port on which nobody listens. Below those that a system hands out by itself (from 32768 or 49152 on): another test's
 * server would have it before this one's.
 */
export async function closedPort(): Promise<number> {
  const server = createServer();
  const port = randomInt(20_000, 32_000);
  const isFree = await new Promise<boolean>((resolve) => {
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => resolve(true));
  });
  if (!isFree) return closedPort();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Whether a program is installed: ssh and sh say so to -V and -c. */
export const installed = (program: string): boolean => spawnSync(program, ['-V']).error === undefined;

/** SSH_MSG_DISCONNECT with sshd's own words. */
function tooMany(client: Client): void {
  const { _protocol: protocol, _sock: socket } = client as unknown as {
    _protocol: { _packetRW: { write: PacketWriter }; _cipher: { encrypt(packet: Buffer): void } };
    _sock: Socket;
  };
  const words = 'Too many authentication failures';
  const { write } = protocol._packetRW;
  const packet = write.alloc(1 + 4 + 4 + words.length + 4);
  const start = write.allocStart;
  packet[start] = 1;
  packet.writeUInt32BE(2, start + 1);
  packet.writeUInt32BE(words.length, start + 5);
  packet.write(words, start + 9);
  packet.writeUInt32BE(0, start + 9 + words.length);
  protocol._cipher.encrypt(write.finalize(packet));
  socket.end();
}

interface PacketWriter {
  allocStart: number;
  alloc(size: number): Buffer;
  finalize(packet: Buffer): Buffer;
}

function authenticate(client: Client, authorized: readonly Buffer[], seen: Sshd): void {
  let failures = 0;
  client.on('authentication', (context) => {
    const signed = context.method === 'publickey' && context.signature !== undefined;
    seen.auths.push(`${context.method} ${context.username}${signed ? ', signed' : ''}`);
    if (context.method === 'publickey' && isKnown(context, authorized)) return context.accept();
    failures++;
    // As sshd's MaxAuthTries does, whose words ssh2's server has no way to say.
    if (failures >= 6) tooMany(client);
    else context.reject(['publickey']);
  });
}

/** Whether the key is one of those, and the signature, where there is one, its own. */
function isKnown(
  { key, blob, signature, hashAlgo }: ssh2.PublicKeyAuthContext,
  authorized: readonly Buffer[],
): boolean {
  if (!authorized.some((one) => one.equals(key.data))) return false;
  const parsed = ssh2.utils.parseKey(key.data);
  return signature === undefined || (!(parsed instanceof Error) && parsed.verify(blob!, signature, hashAlgo) === true);
}

function answerSession(session: ssh2.Session, { exec, cutsAt }: SshdOptions, seen: Sshd, socket: Socket): void {
  session.on('pty', (accept, _reject, info) => {
    seen.ptys.push(info);
    accept?.();
  });
  session.on('window-change', (accept, _reject, { rows, cols }) => {
    seen.resizes.push({ rows, cols });
    accept?.();
  });
  session.on('exec', (accept, _reject, { command }) => {
    seen.commands.push(command);
    if (cutsAt?.('command')) socket.resetAndDestroy();
    else if (exec) exec(accept(), command, socket);
    else inShell(accept(), command, seen);
  });
}

function inShell(channel: ServerChannel, command: string, seen: Sshd): void {
  const child = spawn('sh', ['-c', command]);
  seen.children.push(child);
  channel.pipe(child.stdin);
  child.stdin.on('error', () => {});
  channel.on('error', () => {});
  child.stdout.pipe(channel, { end: false });
  child.stderr.pipe(channel.stderr, { end: false });
  child.on('close', (code, signal) => {
    if (signal) channel.exit(signal.replace('SIG', ''));
    else channel.exit(code ?? 255);
    channel.end();
  });
}
