// Streams to ports of a task, whichever is there: when its container has gone, those of the one that took its place.
import type { Context } from '../context.ts';
import { processOf } from '../engine/container.ts';
import { EngineError } from '../engine/error.ts';
import { BeltError, messageOf, UsageError } from '../errors.ts';
import type { Connection } from '../ssh/connection.ts';
import { poll } from '../wait.ts';
import type { SharedConnections } from './connections.ts';
import { findTasks, type Place } from './find.ts';
import { type Opened, openPipe } from './pipe.ts';
import type { TaskWord } from './word.ts';

/** For a task to be there again. */
const AGAIN_MS = 60_000;
const LOOK_EVERY_MS = 500;

type Stream = Extract<Opened, { stream: unknown }>['stream'];

export interface RouteStream {
  stream: Stream;
  /** To be called once it is closed. */
  release(): void;
}

export class Route {
  readonly #context: Context;
  readonly #connections: SharedConnections;
  readonly #word: TaskWord;
  readonly #onMove: (place: Place) => void;
  #place: Place;
  #finding: Promise<void> | undefined;

  /** `onMove` is called when it leads to another container than before. */
  constructor(
    context: Context,
    connections: SharedConnections,
    { word, place, onMove }: { word: TaskWord; place: Place; onMove: (place: Place) => void },
  ) {
    this.#context = context;
    this.#connections = connections;
    this.#word = word;
    this.#place = place;
    this.#onMove = onMove;
  }

  get place(): Place {
    return this.#place;
  }

  /** A stream to a port. @throws BeltError where nothing listens there, or no task is there for a minute */
  async open(port: number): Promise<RouteStream> {
    const { clock, signal } = this.#context;
    const deadline = clock.now() + AGAIN_MS;
    let why = '';
    const found = await poll(
      async () => {
        const place = this.#place;
        const tried = await this.#try(place, port);
        if ('stream' in tried) return tried;
        ({ why } = tried);
        if (tried.isFinal) throw new BeltError(`${place.name} port ${port}: ${why}`);
        this.#finding ??= this.#findAgain().finally(() => {
          this.#finding = undefined;
        });
        await this.#finding;
        return undefined;
      },
      { clock, signal, deadline, intervalMs: LOOK_EVERY_MS },
    );
    if (found) return found;
    throw new BeltError(`${this.#place.name} port ${port}: ${why}`);
  }

  async #try(place: Place, port: number): Promise<RouteStream | { why: string; isFinal: boolean }> {
    const { clock, signal } = this.#context;
    let connection: Connection | undefined;
    const release = () => connection && this.#connections.release(connection);
    try {
      connection = await this.#connections.connect(place.node);
      // Asked each time: by then another container may have its process id.
      const process = await processOf(connection, place.container, { clock, signal });
      if (process === undefined) {
        release();
        return { why: 'no task runs', isFinal: false };
      }
      const opened = await openPipe(connection, process, port);
      if ('stream' in opened) return { stream: opened.stream, release };
      release();
      return { why: opened.refusal.why, isFinal: opened.refusal.kind !== 'gone' };
    } catch (error) {
      signal.throwIfAborted();
      release();
      // A node that went away, or its engine, takes its tasks with it: Swarm starts others. What an engine refuses, it will again.
      return { why: messageOf(error), isFinal: error instanceof EngineError && error.status > 0 };
    }
  }

  async #findAgain(): Promise<void> {
    try {
      const places = await findTasks(this.#context, this.#connections, this.#word);
      const same = places.find(({ name }) => name === this.#place.name) ?? places[0]!;
      if (same.container === this.#place.container) return;
      this.#place = same;
      this.#onMove(same);
    } catch (error) {
      this.#context.signal.throwIfAborted();
      // Between two tasks, or between two leaders.
      if (error instanceof UsageError && this.#word.kind === 'container') throw error;
      this.#context.trace?.(`looking for the task: ${messageOf(error)}`);
    }
  }
}
