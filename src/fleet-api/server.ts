// One Docker Engine API over several engines, on a unix socket of this machine.
import { setMaxListeners } from 'node:events';
import http, { type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { messageOf, UsageError } from '../errors.ts';
import { type Asked, askedOf, type Exchange, sendJson, told } from './exchange.ts';
import { ApiFleet, type FleetOptions } from './fleet.ts';
import { fleetHeaders, info, ping, swarm, version } from './handle/about.ts';
import { connectNetwork, create, inspect, onOne, rename } from './handle/containers.ts';
import { events } from './handle/events.ts';
import { load, onOwners, pull } from './handle/images.ts';
import { containers, images, networks, plugins, usage, volumes } from './handle/lists.ts';
import { createNetwork, createVolume, network, volume } from './handle/networks.ts';
import { prune } from './handle/prune.ts';
import { TARGETS } from './handle/target.ts';
import { Refusal } from './refusal.ts';
import { type Handling, isRead, isUpgrade } from './routes.ts';
import { plainText, refuseUpgrade, tunnel } from './upgrade.ts';

type Handle = (fleet: ApiFleet, exchange: Exchange) => Promise<void>;

const HANDLES: Readonly<Record<Handling, Handle>> = {
  ping,
  version,
  info,
  events,
  usage,
  containers,
  create,
  prune,
  inspect,
  rename,
  container: onOne,
  exec: onOne,
  commit: onOne,
  images,
  pull,
  load,
  'every image': onOwners,
  image: onOne,
  build: onOne,
  networks,
  'create network': createNetwork,
  network,
  connect: connectNetwork,
  volumes,
  plugins,
  'create volume': createVolume,
  volume,
  swarm,
  'unlock key': onOne,
  manager: onOne,
  first: onOne,
  refuse: async (_fleet, { method, path }) => {
    throw meansNothing(method, path);
  },
};

const meansNothing = (method: string, path: string): Refusal =>
  new Refusal(501, `${method} ${path} is not supported over several engines: ask one, with belt with NODE`);

/** After these, nodes have other images than before. */
const CHANGES_IMAGES: ReadonlySet<Handling> = new Set(['build', 'commit', 'pull', 'load', 'every image']);

const MOST_HEADERS = 1 << 20;

export class FleetApi {
  readonly fleet: ApiFleet;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  constructor(options: FleetOptions) {
    // Every request under way listens to it.
    setMaxListeners(0, options.signal);
    this.fleet = new ApiFleet(options);
    // Node's own limits would cut a long build or load.
    const limits = { requestTimeout: 0, headersTimeout: 0, keepAliveTimeout: 0, maxHeaderSize: MOST_HEADERS };
    this.#server = http.createServer(limits, (request, response) => void this.#answer(request, response));
    this.#server.on('connection', (socket) => {
      if (this.#sockets.has(socket)) return;
      this.#sockets.add(socket);
      socket.on('error', () => {});
      socket.once('close', () => this.#sockets.delete(socket));
    });
    this.#server.on('upgrade', (request, socket, head) => void this.#upgrade(request, socket as Socket, head));
  }

  /** @throws UsageError where it cannot listen */
  async listen(path: string): Promise<void> {
    // For its owner alone from the beginning, whatever folder it is in.
    const before = process.umask(0o177);
    try {
      await new Promise<void>((resolve, reject) => {
        this.#server.once('error', reject);
        this.#server.listen(path, () => resolve());
        process.umask(before);
      });
    } catch (error) {
      throw new UsageError(`no socket can be opened at ${path}: ${messageOf(error)}`);
    } finally {
      process.umask(before);
    }
  }

  close(): void {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    this.fleet.close();
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const exchange: Exchange = { ...askedOf(request), response };
    response.on('error', () => {});
    for (const [name, value] of Object.entries(fleetHeaders(this.fleet))) response.setHeader(name, value);
    try {
      this.#check(exchange);
      this.#askForImagesAfter(exchange, response);
      await HANDLES[exchange.route.handling](this.fleet, exchange);
    } catch (error) {
      // What has begun can only be cut: a client takes an end for the whole.
      if (response.headersSent) return void response.destroy();
      const { status, message } = told(error);
      sendJson(exchange, status, { message });
    }
  }

  async #upgrade(request: IncomingMessage, socket: Socket, head: Buffer): Promise<void> {
    const asked = askedOf(request);
    if (!isUpgrade(asked.method, asked.path, request.headers.upgrade ?? '')) {
      // Node asks for no opinion before it gives up the connection: it gets it back with the request as it is meant.
      socket.unshift(Buffer.concat([plainText(request), head]));
      this.#server.emit('connection', socket);
      return;
    }
    try {
      this.#check(asked);
      const find = TARGETS[asked.route.handling];
      if (find === undefined) throw meansNothing(asked.method, asked.path);
      this.#askForImagesAfter(asked, socket);
      await tunnel(asked, socket, head, await find(this.fleet, asked));
    } catch (error) {
      refuseUpgrade(socket, error);
    }
  }

  #askForImagesAfter({ route }: Asked, answer: ServerResponse | Socket): void {
    if (CHANGES_IMAGES.has(route.handling)) answer.once('close', () => this.fleet.images.ask(this.fleet.answering));
  }

  /** @throws Refusal for what is not allowed, or a version that not all engines have */
  #check({ method, path, route, version }: Asked): void {
    if (version !== undefined) this.fleet.checkVersion(version);
    if (this.fleet.options.isReadOnly && !isRead(method, route)) {
      throw new Refusal(403, `this endpoint is read-only: ${method} ${path} is refused`);
    }
  }
}
