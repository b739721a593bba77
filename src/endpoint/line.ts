// The way from the local socket to an engine: over one SSH connection, and over another once that is lost.
import type { Duplex } from 'node:stream';
import { doorOf, type EngineDoor } from '../engine/door.ts';
import { EngineError } from '../engine/error.ts';
import type { Connection } from '../ssh/connection.ts';

export interface LineOptions {
  /** Connects to a node whose engine may be used; `avoid` is the one that went away. @throws BeltError */
  connect: (avoid: string | undefined) => Promise<Connection>;
  /** Whether another node may stand in for one whose engine went away. */
  canMove: boolean;
  /** Called once for each connection that is lost while the line is in use. */
  onLost: (name: string) => void;
  /** Called when it leads to another node than before. */
  onMove: (name: string) => void;
}

export class Line {
  readonly #options: LineOptions;
  #door: EngineDoor | undefined;
  #opening: Promise<EngineDoor> | undefined;
  /** Whose engine went away while its connection stood. */
  readonly #left = new WeakSet<EngineDoor>();
  #isClosed = false;

  constructor(options: LineOptions) {
    this.#options = options;
  }

  /** The node that it leads to; undefined before it was opened. */
  get node(): string | undefined {
    return this.#door?.connection.host.name;
  }

  /** Whether another stream has to wait until one ends. */
  get isFull(): boolean {
    return this.#door?.isFull ?? false;
  }

  /** @throws BeltError when no engine can be reached */
  async open(): Promise<EngineDoor> {
    const door = this.#door;
    if (door && !this.#isGone(door)) return door;
    this.#opening ??= this.#connect().finally(() => {
      this.#opening = undefined;
    });
    return await this.#opening;
  }

  /** A stream to the engine. @throws BeltError */
  async stream(): Promise<Duplex> {
    const door = await this.open();
    try {
      return await door.open();
    } catch (error) {
      if (this.#options.canMove && error instanceof EngineError) {
        this.#left.add(door);
        door.connection.end();
      }
      if (this.#isClosed || !this.#isGone(door)) throw error;
      return await (await this.open()).open();
    }
  }

  #isGone(door: EngineDoor): boolean {
    return door.connection.lost || this.#left.has(door);
  }

  close(): void {
    this.#isClosed = true;
    this.#door?.connection.end();
  }

  async #connect(): Promise<EngineDoor> {
    const { connect, onLost, onMove } = this.#options;
    const before = this.node;
    const connection = await connect(before);
    const door = doorOf(connection);
    if (this.#isClosed) connection.end();
    this.#door = door;
    const { name } = connection.host;
    if (before !== undefined && before !== name) onMove(name);
    void connection.closed.then(() => {
      if (!this.#isClosed && !this.#left.has(door)) onLost(name);
    });
    return door;
  }
}
