// Starts simulated hosts for a test, and talks to them with a real SSH client.
import { createServer } from 'node:net';
import type { Duplex } from 'node:stream';
import ssh2, { type ClientChannel, type ConnectConfig, type PseudoTtyOptions } from 'ssh2';
import { timings } from '../../../src/sandbox/engine/timings.ts';
import { usableHostKeys } from '../../../src/sandbox/hosts/hostKeys.ts';
import { simulatedHosts } from '../../../src/sandbox/hosts/index.ts';
import type { Host, HostFaults, Hosts, Machine } from '../../../src/sandbox/types.ts';

Object.assign(timings, {
  joinTimeoutMs: 300,
  joinRetryMs: 20,
  workerJoinMs: 2,
  managerJoinMs: 5,
  reachableMs: 5,
  demoteMs: 5,
  heartbeatMs: 40,
  electionMs: 20,
  taskStartMs: 5,
  taskStopMs: 2,
  progressMs: 10,
  verifyMs: 10,
});

/** What belt's own user data does for swarms. */
const ON_VPC = `#cloud-boothook
#!/bin/sh
echo '{"swarm-default-advertise-addr": "eth1"}' > /etc/docker/daemon.json
`;

export interface KeyPair {
  private: string;
  public: string;
}

/** A key pair that parses: ssh2 now and then makes one that does not. */
export function keyPair(): KeyPair {
  const [secret = ''] = usableHostKeys([]);
  const parsed = ssh2.utils.parseKey(secret);
  if (parsed instanceof Error) throw parsed;
  return { private: secret, public: `${parsed.type} ${parsed.getPublicSSH().toString('base64')}` };
}

export const userKey = keyPair();

export interface Result {
  stdout: string;
  stderr: string;
  code: number | null;
  signal?: string;
}

export interface World {
  hosts: Hosts;
  port: number;
  /** Makes and powers on a host; resolves when its engine (or its SSH, without one) answers. */
  add(name: string, about?: Partial<Machine>, faults?: HostFaults): Promise<Host>;
  /** Makes a host that is off. */
  make(name: string, about?: Partial<Machine>, faults?: HostFaults): Promise<Host>;
  addressOf(name: string): string;
  connect(name: string, config?: ConnectConfig): Promise<ssh2.Client>;
  /** Runs one command, over a connection that is kept for the next. */
  run(name: string, command: string, input?: Buffer | string): Promise<Result>;
  /** The next command gets a new connection: the kept one may not have noticed yet that its host went down. */
  reconnect(name: string): void;
  close(): Promise<void>;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
    return state / 0x80000000;
  };
}

export async function startWorld(): Promise<World> {
  const port = await freePort();
  const hosts = simulatedHosts({ sshPort: port, random: seeded(7), log: () => {} });
  const addresses = new Map<string, string>();
  const clients: ssh2.Client[] = [];
  const kept = new Map<string, ssh2.Client>();
  const addressOf = (name: string) => addresses.get(name) ?? '127.99.0.1';
  const connect = async (name: string, config: ConnectConfig = {}) => {
    const client = await connectTo(addressOf(name), port, config);
    clients.push(client);
    return client;
  };
  const make = async (name: string, about: Partial<Machine> = {}, faults: HostFaults = {}) => {
    const number = addresses.size + 1;
    addresses.set(name, `127.99.1.${number}`);
    return await hosts.create(machine(name, number, about), faults, { poweredOff: () => {} });
  };
  return {
    hosts,
    port,
    addressOf,
    connect,
    make,
    async add(name, about = {}, faults = {}) {
      const host = await make(name, about, faults);
      await host.powerOn({ sshMs: 1, engineMs: 1 });
      const engine = about.hasEngine !== false;
      if (faults.neverSsh !== true)
        await until(() => (engine ? host.record.engineAt : host.record.sshAt) !== undefined);
      await until(() => faults.neverSsh === true || host.record.sshAt !== undefined);
      return host;
    },
    async run(name, command, input = '') {
      let client = kept.get(name);
      if (client === undefined) {
        client = await connect(name);
        const mine = client;
        client.once('close', () => {
          if (kept.get(name) === mine) kept.delete(name);
        });
        kept.set(name, client);
      }
      return await runOver(client, command, input);
    },
    reconnect(name) {
      kept.get(name)?.destroy();
      kept.delete(name);
    },
    async close() {
      for (const client of clients) client.end();
      await hosts.close();
    },
  };
}

function machine(name: string, number: number, about: Partial<Machine>): Machine {
  return {
    id: 1000 + number,
    name,
    publicAddress: `127.99.1.${number}`,
    privateAddress: `10.104.0.${number}`,
    region: 'sgp1',
    vpcUuid: 'vpc',
    vpcRange: '10.104.0.0/20',
    memoryMiB: 512,
    vcpus: 1,
    diskGiB: 20,
    image: 'docker-20-04',
    hasEngine: true,
    authorizedKeys: [userKey.public],
    userData: ON_VPC,
    tags: () => [],
    ...about,
  };
}

/** Connects as root with the user's key, unless the config says otherwise. */
export function connectTo(host: string, port: number, config: ConnectConfig = {}): Promise<ssh2.Client> {
  const client = new ssh2.Client();
  return new Promise((resolve, reject) => {
    client.on('connect', () => client.setNoDelay(true));
    client.once('ready', () => {
      client.off('error', reject);
      client.on('error', () => {});
      resolve(client);
    });
    // Not once: a client that gives up on a silent server tells of its end too.
    client.on('error', reject);
    client.once('close', () => reject(new Error('connection closed')));
    client.connect({
      host,
      port,
      username: 'root',
      privateKey: userKey.private,
      algorithms: { kex: ['curve25519-sha256'] },
      ...config,
    });
  });
}

export function open(client: ssh2.Client, command: string, pty?: PseudoTtyOptions): Promise<ClientChannel> {
  return new Promise((resolve, reject) => {
    const done = (error: Error | undefined, channel: ClientChannel) => {
      if (error) return reject(error);
      watch(channel);
      resolve(channel);
    };
    if (pty === undefined) client.exec(command, done);
    else client.exec(command, { pty }, done);
  });
}

/** How each channel ended. A quick command may be over before the caller of `open` gets to listen. */
const ends = new WeakMap<ClientChannel, Promise<Pick<Result, 'code' | 'signal'>>>();

function watch(channel: ClientChannel): void {
  let exit: Pick<Result, 'code' | 'signal'> = { code: null };
  channel.on('exit', (code: number | null, signal?: string) => {
    exit = signal === undefined ? { code } : { code: null, signal };
  });
  ends.set(channel, new Promise((resolve) => channel.on('close', () => resolve(exit))));
}

export async function runOver(client: ssh2.Client, command: string, input: Buffer | string = ''): Promise<Result> {
  const channel = await open(client, command);
  channel.end(input);
  return await ended(channel);
}

/** All that a command wrote, and how it ended. */
export async function ended(channel: ClientChannel): Promise<Result> {
  const out: Buffer[] = [];
  const err: Buffer[] = [];
  channel.on('data', (chunk: Buffer) => out.push(chunk));
  channel.stderr.on('data', (chunk: Buffer) => err.push(chunk));
  const exit = (await ends.get(channel)) ?? { code: null };
  return { stdout: Buffer.concat(out).toString(), stderr: Buffer.concat(err).toString(), ...exit };
}

/** Resolves once the condition holds; a test that waits in vain fails. */
export async function until(condition: () => boolean | Promise<boolean>, deadlineMs = 120_000): Promise<void> {
  const end = Date.now() + deadlineMs;
  while (!(await condition())) {
    if (Date.now() > end) throw new Error(`waited ${deadlineMs} ms in vain for ${condition}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** One request to the Engine API over a stream. */
export function request(stream: Duplex, head: string, body = ''): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    let text = '';
    stream.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      const [headers = '', rest = ''] = text.split(/\r\n\r\n(.*)/s);
      const length = /content-length: (\d+)/i.exec(headers)?.[1];
      if (length !== undefined && Buffer.byteLength(rest) >= Number(length)) {
        stream.removeAllListeners('data');
        resolve({ status: Number(headers.split(' ')[1]), body: rest });
      }
    });
    stream.once('close', () => reject(new Error(`closed after: ${text}`)));
    stream.write(
      `${head} HTTP/1.1\r\nHost: docker\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
    );
  });
}

export function dial(client: ssh2.Client, path = '/var/run/docker.sock'): Promise<ClientChannel> {
  return new Promise((resolve, reject) =>
    client.openssh_forwardOutStreamLocal(path, (error, channel) => (error ? reject(error) : resolve(channel))),
  );
}

/** Ids as they look, so that texts can be compared. */
export const masked = (text: string): string =>
  text
    .replaceAll(/SWMTKN-1-[0-9a-z]{50}-[0-9a-z]{25}/g, 'TOKEN')
    .replaceAll(/\b[0-9a-z]{25}\b/g, 'ID-OF-TWENTY-FIVE-LETTERS')
    .replaceAll(/^[0-9a-z]{12}\b/gm, 'SHORT-ID----')
    .replaceAll(/\b(less than a second|\d+ seconds?) ago/gi, 'JUST NOW');
