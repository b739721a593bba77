// The keeper: listens on its socket, and holds SSH connections between commands until nothing has used it for a while.
import { existsSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { drop } from '../endpoint/local-socket.ts';
import { DockerSocket } from './docker-socket.ts';
import { Frames } from './frames.ts';
import { HeldNode } from './held-node.ts';
import { Hold } from './hold.ts';
import { Lease } from './leases.ts';
import { failureOf, type KeeperStatus, type Place, type Question } from './messages.ts';
import { dockerPath } from './place.ts';
import { type Opened, relay } from './relay.ts';

/** How often pins and unused connections are looked at. */
const LOOK_MS = 15_000;
/** Until the first command said how long it is to stay. */
const FIRST_MS = 10_000;

export interface KeeperOptions {
  /** The path of its socket. */
  path: string;
  /** The host keys that are pinned for a node, or a jump host, now. */
  pins: (place: Place) => readonly Buffer[];
  /** Whether the socket at its path is still its own. */
  isOwn: () => boolean;
  /** Called when it has ended. */
  onEnd: (how: { isOwn: boolean }) => void;
}

export class Keeper {
  readonly #options: KeeperOptions;
  readonly #server: Server;
  readonly #nodes = new Map<string, HeldNode>();
  readonly #leases = new Map<string, Lease>();
  readonly #dockers = new Map<string, DockerSocket>();
  readonly #sockets = new Set<Socket>();
  readonly #looking: NodeJS.Timeout;
  #count = 0;
  readonly #kept = new Hold();
  /** What uses it now: leases, and streams of Docker sockets. */
  #uses = 0;
  #timer: NodeJS.Timeout | undefined;
  #isEnded = false;

  constructor(options: KeeperOptions) {
    this.#options = options;
    this.#server = createServer((socket) => this.#serve(socket));
    this.#looking = setInterval(() => this.#look(), LOOK_MS);
  }

  /** @throws the system's error */
  async listen(): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(this.#options.path, () => resolve());
    });
    this.#kept.extend(FIRST_MS);
    this.#rest();
  }

  /** Ends it, and every connection. */
  end(): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    clearTimeout(this.#timer);
    clearInterval(this.#looking);
    // Closing removes what is at the path, be it another's by now.
    const isOwn = this.#options.isOwn();
    if (isOwn) this.#server.close();
    for (const docker of this.#dockers.values()) docker.close();
    for (const node of this.#nodes.values()) node.end();
    for (const socket of this.#sockets) socket.destroySoon();
    this.#options.onEnd({ isOwn });
  }

  get status(): KeeperStatus {
    const held = [...this.#nodes].filter(([key, { connections }]) => connections > 0 || this.#dockers.has(key));
    return {
      pid: process.pid,
      keepMs: this.#kept.keepMs,
      ...(this.#uses === 0 && { endsAt: this.#kept.endsAt }),
      nodes: held.map(([key, { place, connections, channels }]) => ({
        name: place.name,
        address: place.address,
        connections,
        channels,
        ...(this.#dockers.has(key) && { socket: dockerPath(this.#options.path, place.id) }),
      })),
    };
  }

  #serve(socket: Socket): void {
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
    const frames = new Frames(socket, {
      onJson: (message) => {
        // Nothing else is taken until it is known what for.
        frames.handlers = { onJson: () => socket.destroy() };
        void this.#asked(frames, message as Question);
      },
    });
  }

  async #asked(frames: Frames, question: Question): Promise<void> {
    const { socket } = frames;
    switch (question.do) {
      case 'lease':
        return this.#lease(frames, question);
      case 'exec':
        return this.#channel(frames, question.lease, (lease) => {
          const { command, pty } = question;
          // Rows, columns and modes as ssh2 takes them.
          return lease.node.exec(lease, command, pty ? { pty: pty as never } : {});
        });
      case 'socket':
        return this.#channel(frames, question.lease, (lease) => lease.node.unixSocket(lease, question.path));
      case 'endpoint':
        return this.#endpoint(frames, question);
      case 'status':
        this.#dropUnpinned();
        frames.json(this.status);
        return void socket.end();
      case 'stop':
        frames.json(this.status);
        return this.end();
      default:
        socket.destroy();
    }
  }

  #lease(frames: Frames, { node, keepMs }: Question & { do: 'lease' }): void {
    const id = String(++this.#count);
    // The first command came: what it says counts, be it shorter than the wait for it.
    if (this.#count === 1) this.#kept.endsAt = 0;
    const lease = new Lease(frames, { id, node: this.#node(node), keepMs });
    this.#leases.set(id, lease);
    const done = this.#work(lease);
    frames.socket.once('close', () => {
      this.#leases.delete(id);
      done();
    });
    void lease.begin();
  }

  /** Opens a channel for a lease; it does not outlive that. */
  async #channel(frames: Frames, id: string, open: (lease: Lease) => Promise<Opened>): Promise<void> {
    const { socket } = frames;
    const lease = this.#leases.get(id);
    if (!lease) return void socket.destroy();
    lease.channels.add(socket);
    socket.once('close', () => lease.channels.delete(socket));
    try {
      const opened = await open(lease);
      if (socket.destroyed) drop(opened.channel);
      else relay(frames, opened);
    } catch (error) {
      frames.json({ is: 'failed', error: failureOf(error) });
      socket.end();
    }
  }

  async #endpoint(frames: Frames, { lease: id, relogin }: Question & { do: 'endpoint' }): Promise<void> {
    const lease = this.#leases.get(id);
    if (!lease) return void frames.socket.destroy();
    const { node } = lease;
    const key = keyOf(node.place);
    try {
      const path = dockerPath(this.#options.path, node.place.id);
      // What runs on one that is there goes on.
      if (!this.#dockers.has(key) || !existsSync(path)) {
        const docker: DockerSocket = new DockerSocket(node, {
          path,
          relogin,
          onUse: () => this.#work({ node, keepMs: docker.keepMs }),
        });
        // Also one of the address that the node had before: the path is the same.
        this.#dropDockers(({ id }) => id === node.place.id);
        this.#dockers.set(key, docker);
        await docker.listen();
      }
      const docker = this.#dockers.get(key)!;
      docker.keepMs = Math.max(docker.keepMs, lease.keepMs);
      frames.json({ is: 'endpoint', socket: path });
    } catch (error) {
      frames.json({ is: 'failed', error: failureOf(error) });
    }
    frames.socket.end();
  }

  #node(place: Place): HeldNode {
    const key = keyOf(place);
    const found = this.#nodes.get(key);
    if (found) return found;
    // A jump host that is a node too has one connection for both.
    const jumps = place.jumps?.map((jump) => this.#node(jump));
    const node = new HeldNode(place, { pins: () => this.#options.pins(place), jumps });
    this.#nodes.set(key, node);
    return node;
  }

  /** Something uses it until the function that it gives is called. */
  #work({ node, keepMs }: Pick<Lease, 'node' | 'keepMs'>): () => void {
    this.#uses++;
    this.#keep(node, keepMs);
    clearTimeout(this.#timer);
    let isDone = false;
    return () => {
      if (isDone) return;
      isDone = true;
      this.#uses--;
      this.#keep(node, keepMs);
      this.#rest();
    };
  }

  #keep(node: HeldNode, keepMs: number): void {
    for (const kept of [node.kept, ...node.jumps.map((jump) => jump.kept), this.#kept]) kept.extend(keepMs);
  }

  #rest(): void {
    if (this.#uses > 0 || this.#isEnded) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.end(), this.#kept.endsAt - Date.now());
  }

  /** A node without a pin was removed: its Docker would be nobody's. */
  #dropUnpinned(): void {
    this.#dropDockers((place) => this.#options.pins(place).length === 0);
    for (const node of this.#nodes.values()) node.checkPins();
  }

  #dropDockers(isMeant: (place: Place) => boolean): void {
    for (const [key, docker] of this.#dockers) {
      if (!isMeant(docker.place)) continue;
      this.#dockers.delete(key);
      docker.close();
    }
  }

  /** Drops what is of no use any more. A timer does not count a laptop's sleep: the clock does. */
  #look(): void {
    this.#dropUnpinned();
    for (const node of this.#nodes.values()) if (node.channels === 0 && node.kept.isOver) node.end();
    if (this.#uses === 0 && (this.#kept.isOver || !this.#options.isOwn())) this.end();
  }
}

const keyOf = ({ id, address, port, user, jumps = [] }: Place): string =>
  JSON.stringify([id, address, port, user, ...jumps.map(keyOf)]);
