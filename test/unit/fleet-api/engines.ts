// Engines on sockets of this machine, with as much of Docker as the tests ask of it, and one API over them.
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Duplex } from 'node:stream';
import pLimit, { type LimitFunction } from 'p-limit';
import { type Clock, systemClock } from '../../../src/clock.ts';
import type { NodeWay } from '../../../src/fleet-api/fleet.ts';
import { FleetApi } from '../../../src/fleet-api/server.ts';
import type { CreateBody } from '../../../src/fleet-api/types.ts';
import { atEnd } from '../ssh/serve.ts';

/** Time goes by so many times faster. */
const FASTER = 4;
const quick: Clock = { now: systemClock.now, sleep: (ms, signal) => systemClock.sleep(ms / FASTER, signal) };

/** Time goes by so many times slower. */
const SLOWER = 20;
const patient: Clock = { now: systemClock.now, sleep: (ms, signal) => systemClock.sleep(ms * SLOWER, signal) };

interface Made {
  Id: string;
  name: string;
  body: CreateBody;
  state: string;
  /** Seconds since the epoch; with what is less than one. */
  created: number;
  imageId: string;
}

export class FakeEngine {
  readonly name: string;
  readonly containers: Made[] = [];
  /** METHOD and URL of each request. */
  readonly asked: string[] = [];
  /** Answers nothing, as a stopped process. */
  isFrozen = false;
  /** What it says of itself beside its name and size. */
  info: object = {};
  versions = { ApiVersion: '1.45', MinAPIVersion: '1.24' };
  images = ['nginx:latest'];
  /** Its images can be pulled. */
  isFromRegistry = false;
  /** Answers before the others; true when it did. */
  also: (request: IncomingMessage, response: ServerResponse, path: string) => boolean = () => false;
  onUpgrade: (request: IncomingMessage, socket: Socket, head: Buffer) => void = (_request, socket) => socket.destroy();
  createMs = 0;

  constructor(name: string) {
    this.name = name;
  }

  add(name: string, body: CreateBody = {}, state = 'running'): Made {
    const made = {
      Id: randomBytes(32).toString('hex'),
      name,
      body,
      state,
      created: 1_000 + this.containers.length,
      imageId: '',
    };
    this.containers.push(made);
    return made;
  }

  readonly answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { method = '', url = '' } = request;
    this.asked.push(`${method} ${url}`);
    if (this.isFrozen) return;
    const [path = '', query] = url.replace(/^\/v[\d.]+/, '').split('?');
    if (this.also(request, response, path)) return;
    if (path === '/_ping') return void response.end('OK');
    if (path === '/version')
      return json(response, 200, { Version: '26', Os: 'linux', Arch: 'amd64', ...this.versions });
    if (path === '/info')
      return json(response, 200, { ID: `id-${this.name}`, Name: this.name, NCPU: 4, MemTotal: 2 ** 32, ...this.info });
    if (path === '/containers/json') return json(response, 200, this.containers.map(summary));
    if (path === '/containers/create') return this.#create(request, response, new URLSearchParams(query));
    if (path.startsWith('/images/')) {
      const isThere = this.images.some((image) => `/images/${image}/json` === path);
      const found = { Id: 'x', RepoDigests: this.isFromRegistry ? ['x@sha256:1'] : [] };
      return json(response, isThere ? 200 : 404, isThere ? found : { message: 'No such image' });
    }
    const [, id, verb] = /^\/containers\/([^/]+)\/?(.*)$/.exec(path) ?? [];
    const found = this.containers.find(({ Id }) => Id === id);
    if (found === undefined) return json(response, 404, { message: `No such container: ${id}` });
    if (method === 'DELETE') {
      this.containers.splice(this.containers.indexOf(found), 1);
      return void response.writeHead(204).end();
    }
    if (verb === 'rename') {
      found.name = new URLSearchParams(query).get('name') ?? '';
      return void response.writeHead(204).end();
    }
    if (verb === 'json') {
      return json(response, 200, {
        Id: id,
        Created: new Date(found.created * 1000).toISOString(),
        Name: `/${found.name}`,
        Config: found.body,
        HostConfig: found.body.HostConfig ?? {},
      });
    }
    return json(response, 200, { verb, on: this.name });
  };

  async #create(request: IncomingMessage, response: ServerResponse, query: URLSearchParams): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = JSON.parse(Buffer.concat(chunks).toString()) as CreateBody;
    await systemClock.sleep(this.createMs);
    if (!this.images.includes(body.Image ?? 'nginx:latest')) {
      return json(response, 404, { message: `No such image: ${body.Image}` });
    }
    json(response, 201, { Id: this.add(query.get('name') ?? randomBytes(4).toString('hex'), body, 'created').Id });
  }
}

export function json(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

export const summary = ({ Id, name, state, created, body, imageId }: Made) => ({
  Id,
  Names: [`/${name}`],
  Image: body.Image ?? 'nginx',
  ImageID: imageId,
  Created: Math.floor(created),
  State: state,
  Status: state,
  Ports: [],
  Labels: body.Labels ?? {},
  Mounts: (body.HostConfig?.Binds ?? []).map((bind) => ({ Type: 'volume', Name: bind.split(':')[0] })),
});

/** As much of each stream is taken before the other side has it, as an SSH connection does. */
const WINDOW = 2 << 20;

/** A link that all streams of an engine share, each byte after the one before. */
function slowLink(bytesPerMs: number): (socket: Socket) => Duplex {
  let sent = Promise.resolve();
  return (socket) => {
    let onItsWay = 0;
    let room: (() => void) | undefined;
    const stream = new Duplex({
      read() {
        socket.resume();
      },
      write(chunk: Buffer, _encoding, done) {
        onItsWay += chunk.length;
        sent = sent.then(async () => {
          await systemClock.sleep(chunk.length / bytesPerMs);
          // Its host takes no more than its engine does.
          if (!socket.write(chunk))
            await new Promise((resolve) => socket.once('drain', resolve).once('close', resolve));
          onItsWay -= chunk.length;
          if (onItsWay < WINDOW) room?.();
        });
        if (onItsWay < WINDOW) done();
        else
          room = () => {
            room = undefined;
            done();
          };
      },
      final: (done) => void sent.then(() => socket.end(done)),
      destroy(error, done) {
        socket.destroy();
        done(error);
      },
    });
    socket.on('data', (chunk) => {
      if (!stream.push(chunk)) socket.pause();
    });
    socket.on('end', () => stream.push(null));
    socket.on('error', (error) => stream.destroy(error));
    socket.on('close', () => stream.destroy());
    return stream;
  };
}

export interface Answered {
  status: number;
  body: unknown;
  headers: http.IncomingHttpHeaders;
}

/** One API over engines of these names, none of which is late because the machine is busy. */
export const over = (...names: string[]) => api(names, patient);

/** The same where waiting is quick. */
export const overInNoTime = (...names: string[]) => api(names, quick);

/** The same where nothing may be changed. */
export const overReadOnly = (...names: string[]) => api(names, systemClock, { isReadOnly: true });

async function api(names: readonly string[], clock: Clock, { isReadOnly = false } = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'belt-engines-'));
  const engines: FakeEngine[] = [];
  /** To all engines, as long as this side has them: an answer of Node's server that does not end outlives its client. */
  let streams = 0;
  const open = (path: string): Socket => {
    const socket = connect({ path, allowHalfOpen: true });
    streams++;
    socket.once('close', () => streams--);
    return socket;
  };
  const servers: http.Server[] = [];
  const begin = (name: string) => {
    const engine = new FakeEngine(name);
    const server = http.createServer((request, response) => void engine.answer(request, response));
    server.on('upgrade', (request, socket, head) => engine.onUpgrade(request, socket as Socket, head));
    server.listen(join(folder, name));
    engines.push(engine);
    servers.push(server);
    return engine;
  };
  for (const name of names) begin(name);
  const ended = new AbortController();
  const broken = new Map<string, () => Error>();
  const limits = new Map<string, LimitFunction>();
  const links = new Map<string, (socket: Socket) => Duplex>();
  const told: string[] = [];
  const wayTo = (name: string): NodeWay => ({
    name,
    address: `10.0.0.${engines.findIndex((engine) => engine.name === name) + 1}`,
    open: async () => {
      const error = broken.get(name);
      if (error) throw error();
      const limit = limits.get(name);
      const path = join(folder, name);
      if (limit === undefined) return links.get(name)?.(open(path)) ?? open(path);
      return new Promise<Socket>((resolve) => {
        void limit(async () => {
          const socket = open(path);
          resolve(socket);
          await new Promise((closed) => socket.once('close', closed));
        });
      });
    },
    isFull: () => {
      const limit = limits.get(name);
      return limit !== undefined && limit.activeCount >= limit.concurrency;
    },
  });
  const made = new FleetApi({
    nodes: names.map(wayTo),
    name: 'fleet',
    version: '0',
    strategy: 'spread',
    random: () => 0,
    isReadOnly,
    clock,
    signal: ended.signal,
    onChange: ({ name, silence }) => told.push(`${name}: ${silence ?? 'answers'}`),
    onTooNew: ({ client, engine, nodes }) => told.push(`${client} is too new for ${nodes}: ${engine}`),
  });
  await made.fleet.greet();
  const socketPath = join(folder, 'api');
  await made.listen(socketPath);
  atEnd(() => {
    ended.abort();
    made.close();
    for (const server of servers) {
      server.close();
      server.closeAllConnections();
    }
    rmSync(folder, { recursive: true, force: true });
  });
  const askText = (method: string, path: string, body?: string): Promise<Omit<Answered, 'body'> & { text: string }> =>
    new Promise((resolve, reject) => {
      const request = http.request({ socketPath, method, path, agent: false }, (response) => {
        let text = '';
        response.on('data', (part) => {
          text += part;
        });
        response.on('error', reject);
        response.on('end', () => {
          const { statusCode: status = 0, headers } = response;
          resolve({ status, headers, text });
        });
      });
      request.on('error', reject);
      request.end(body);
    });
  const ask = async (method: string, path: string, given?: unknown): Promise<Answered> => {
    const { text, ...answered } = await askText(method, path, given === undefined ? undefined : JSON.stringify(given));
    return { ...answered, body: text.startsWith('{') || text.startsWith('[') ? JSON.parse(text) : text };
  };
  return {
    engines,
    ask,
    askText,
    socketPath,
    told,
    fleet: made.fleet,
    streams: () => streams,
    /** One more engine, which is not in the fleet yet. */
    begin,
    join: (name: string) => made.fleet.join(wayTo(name)),
    /** No stream to this engine can be opened any more. */
    breakStreams(name: string, error: () => Error) {
      broken.set(name, error);
      made.fleet.census.node(name)?.close();
    },
    /** Streams that are opened from now on share a slow link. */
    slowDown(name: string, bytesPerMs: number) {
      links.set(name, slowLink(bytesPerMs));
      made.fleet.census.node(name)?.close();
    },
    /** So many can be open at once. */
    most(name: string, streamsAtOnce: number) {
      limits.set(name, pLimit(streamsAtOnce));
      made.fleet.census.node(name)?.close();
    },
  };
}
