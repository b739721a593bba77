// The connections that the keeper holds to one node: one, and another while all sessions of the first are taken.
import type { Duplex } from 'node:stream';
import type ssh2 from 'ssh2';
import { connect } from '../ssh/connect.ts';
import {
  type Connection,
  type ExecResult,
  type Patience,
  type RemoteCommand,
  SshError,
  type SshHost,
} from '../ssh/connection.ts';
import { isChannelRefused } from '../ssh/errors.ts';
import type { Jump, KeepAlive } from '../ssh/host.ts';
import { blamed } from '../ssh/jump.ts';
import { Hold } from './hold.ts';
import type { Place } from './messages.ts';
import type { Opened } from './relay.ts';

/** Of the 10 sessions that an sshd allows a connection (MaxSessions). Streams to a unix socket are none. */
const SESSIONS = 10;
const CONNECT_MS = 15_000;
/** A connection that was heard from within this time is used as it is. */
const FRESH_MS = 1_000;
/** How long one that was not may take to answer: after a laptop's sleep it never does, and nobody tells. */
const ANSWER_MS = 3_000;
const KEEP_ALIVE: KeepAlive = { everyMs: 10_000, misses: 2 };
/** Even at the deadline, a host that answers at once is still reached. */
const LEAST_MS = 500;
/** How often a channel is tried on another connection. */
const TRIES = 3;

/** Whoever wants to work on a node. */
export interface User {
  /** Whether it is there still. */
  isThere(): boolean;
  /** How to log in to the node, or to a jump host before it. @throws when it is not there any more */
  auth(place: Place): Promise<Pick<SshHost, 'auth' | 'onLogin'>>;
}

type Target = Pick<SshHost, 'name' | 'address' | 'port'>;

export type OpenedCommand = Opened & RemoteCommand;

/** It went away before it had logged in: whoever waits for the same connection logs in itself. */
export class UserGone extends Error {}

interface Held {
  connection: Connection;
  sessions: number;
  /** Sessions that it may have; fewer once the host refused one. */
  most: number;
  /** When the host was last heard from, ms since the epoch. */
  heardAt: number;
  asking: boolean;
  /** Whether the jump host's connection that leads to it stands. */
  isReached: () => boolean;
}

interface Attempt<T> {
  fits: (held: Held) => boolean;
  open: (held: Held) => Promise<T>;
  sessions: 0 | 1;
  /** Whether it is done again on another connection after the error with which one was lost: no command may run twice. */
  mayRepeat: (error: unknown) => boolean;
}

const isUnasked = (error: unknown): boolean =>
  isChannelRefused(error) || (error instanceof SshError && error.isUnasked);

export class HeldNode {
  readonly place: Place;
  /** Those through which it is reached. */
  readonly jumps: readonly HeldNode[];
  readonly #pins: () => readonly Buffer[];
  readonly #held = new Set<Held>();
  #opening: Promise<void> | undefined;
  #channels = 0;
  /** For how long its connections stay unused. */
  readonly kept = new Hold();

  /** `pins` gives the host keys that are accepted now. */
  constructor(
    place: Place,
    { pins, jumps = [] }: { pins: () => readonly Buffer[]; jumps?: readonly HeldNode[] | undefined },
  ) {
    this.place = place;
    this.jumps = jumps;
    this.#pins = pins;
  }

  get connections(): number {
    return this.#held.size;
  }

  get channels(): number {
    return this.#channels;
  }

  /** Connects unless it is connected, and gives the host's key. @throws SshError; UserGone */
  async open(user: User, { timeoutMs = CONNECT_MS }: Pick<Patience, 'timeoutMs'> = {}): Promise<Buffer> {
    return (await this.#room(user, () => true, timeoutMs)).connection.hostKey;
  }

  /** A stream to a port of a host behind it, and whether its connection still stands. @throws SshError; UserGone */
  async tcp(user: User, to: Target, patience: Patience): Promise<{ stream: Duplex; isReached: () => boolean }> {
    const [held, stream] = await this.#try(user, {
      fits: () => true,
      open: ({ connection }) => connection.tcp(to, patience),
      sessions: 0,
      mayRepeat: () => true,
    });
    // Not paused, as nobody else may read the first words of what answers there.
    this.#count(held, stream, 0);
    return { stream, isReached: () => this.#held.has(held) };
  }

  /** Starts a command, or the user's shell. @throws SshError */
  async exec(user: User, command: string | undefined, options: ssh2.ExecOptions): Promise<OpenedCommand> {
    const [held, started] = await this.#try(user, {
      fits: ({ sessions, most }) => sessions < most,
      open: ({ connection }) => connection.exec(command, options),
      sessions: 1,
      mayRepeat: isUnasked,
    });
    this.#use(held, started.channel, 1);
    return { ...started, isCut: () => held.connection.lost };
  }

  /** A stream to a unix socket of the node. @throws SshError; ssh2's error when the host refuses */
  async unixSocket(user: User, path: string): Promise<Opened> {
    const [held, stream] = await this.#try(user, {
      fits: () => true,
      open: ({ connection }) => connection.unixSocket(path),
      sessions: 0,
      // A stream to which nobody wrote anything.
      mayRepeat: () => true,
    });
    this.#use(held, stream, 0);
    return { channel: stream, isCut: () => held.connection.lost };
  }

  /** Runs a command to its end. @throws SshError */
  async run(user: User, command: string, patience: Patience): Promise<ExecResult> {
    const [held, result] = await this.#try(user, {
      fits: ({ sessions, most }) => sessions < most,
      open: ({ connection }) => connection.run(command, patience),
      sessions: 1,
      mayRepeat: isUnasked,
    });
    held.sessions--;
    return result;
  }

  /** Ends connections whose host key, or that of the jump host before them, is no longer pinned. */
  checkPins(): void {
    for (const jump of this.jumps) jump.checkPins();
    const pinned = this.#pins();
    for (const held of this.#held) {
      const { connection, isReached } = held;
      const isGood = !connection.lost && isReached() && pinned.some((key) => key.equals(connection.hostKey));
      if (!isGood) this.#drop(held);
    }
  }

  end(): void {
    for (const held of this.#held) this.#drop(held);
  }

  async #try<T>(user: User, { fits, open, sessions, mayRepeat }: Attempt<T>): Promise<[Held, T]> {
    for (let tries = 1; ; tries++) {
      const held = await this.#room(user, fits);
      held.sessions += sessions;
      this.#ask(held);
      try {
        const opened = await open(held);
        held.heardAt = Date.now();
        return [held, opened];
      } catch (error) {
        held.sessions -= sessions;
        // A refusal: all sessions that sshd allows are taken.
        const isFull = sessions === 1 && held.sessions > 0 && isChannelRefused(error);
        const canMove = isFull || (held.connection.lost && mayRepeat(error));
        if (!canMove || tries === TRIES) throw error;
        held.most = Math.max(1, held.sessions);
      }
    }
  }

  #use(held: Held, channel: Duplex, sessions: number): void {
    this.#count(held, channel, sessions);
    channel.on('data', () => {
      held.heardAt = Date.now();
    });
    channel.pause();
  }

  #count(held: Held, channel: Duplex, sessions: number): void {
    this.#channels++;
    channel.once('close', () => {
      this.#channels--;
      held.sessions -= sessions;
      this.kept.extend();
    });
  }

  /** A connection that fits, a new one where none does. */
  async #room(user: User, fits: (held: Held) => boolean, timeoutMs = CONNECT_MS): Promise<Held> {
    for (;;) {
      this.kept.extend();
      if (!user.isThere()) throw new UserGone();
      this.checkPins();
      const found = [...this.#held].find(fits);
      if (found) return found;
      this.#opening ??= this.#connect(user, timeoutMs).finally(() => {
        this.#opening = undefined;
      });
      await this.#opening.catch((error) => {
        if (!(error instanceof UserGone)) throw error;
      });
    }
  }

  async #connect(user: User, timeoutMs: number): Promise<void> {
    const login = await user.auth(this.place);
    const pins = this.#pins;
    const { jumps, ...place } = this.place;
    let isReached = () => true;
    const onWay = (way: () => boolean) => {
      isReached = way;
    };
    const host: SshHost = {
      ...place,
      ...login,
      ...(jumps && { jump: this.#jumpOf(user, onWay) }),
      get hostKeys() {
        return pins();
      },
    };
    const connection = await connect(host, { timeoutMs, keepAlive: KEEP_ALIVE }).catch((error) => {
      throw user.isThere() ? error : new UserGone();
    });
    const held: Held = { connection, sessions: 0, most: SESSIONS, heardAt: Date.now(), asking: false, isReached };
    this.#held.add(held);
    void connection.closed.then(() => this.#held.delete(held));
  }

  /** The way to it through the first of its jump hosts that answers. */
  #jumpOf(user: User, onWay: (isReached: () => boolean) => void): Jump {
    return {
      open: async (to, { timeoutMs, signal }) => {
        const startMs = performance.now();
        const [name = ''] = this.jumps.map(({ place }) => place.name);
        let failure: unknown;
        for (const jump of this.jumps) {
          try {
            await jump.open(user, { timeoutMs: timeoutMs / this.jumps.length });
          } catch (error) {
            if (error instanceof UserGone) throw error;
            failure ??= error;
            continue;
          }
          const leftMs = Math.max(LEAST_MS, timeoutMs - (performance.now() - startMs));
          const opened = await jump.tcp(user, to, { signal, timeoutMs: leftMs }).catch((error) => {
            const isJumps = error instanceof SshError && error.host === jump.place.name;
            throw isJumps ? blamed(to, error, jump.place.name) : error;
          });
          onWay(opened.isReached);
          return opened.stream;
        }
        throw blamed(to, failure, name);
      },
    };
  }

  /** Ends the connection unless the host answers soon: what waits for a channel on it is told at once. */
  #ask(held: Held): void {
    if (held.asking || Date.now() - held.heardAt < FRESH_MS) return;
    held.asking = true;
    void held.connection.answers(ANSWER_MS).then((answered) => {
      held.asking = false;
      if (answered) held.heardAt = Date.now();
      else this.#drop(held);
    });
  }

  /** At once: that it is closed is known only a moment later. */
  #drop(held: Held): void {
    this.#held.delete(held);
    held.connection.destroy();
  }
}
