// Hosts that are reached through another one, as by ssh(1) -J: one connection to that, and a channel of it for each of them.
import type { Duplex } from 'node:stream';
import { type Clock, systemClock } from '../clock.ts';
import { messageOf } from '../errors.ts';
import { limited } from '../wait.ts';
import type { Connection } from './connection.ts';
import { isSilence, SshError } from './errors.ts';
import type { Jump, SshHost } from './host.ts';

/** A jump host that failed a moment ago is not tried again for each host behind it, in ms. */
const STILL_DOWN_MS = 2_000;
/** Even at the deadline, a host that answers at once is still reached. */
const LEAST_MS = 500;

export interface SharedJumpOptions {
  /** Connects to the jump host. */
  connect: (patience: { timeoutMs: number }) => Promise<Connection>;
  /** What it is called until it has answered. */
  name: string;
  clock: Clock;
  signal: AbortSignal;
}

type Target = Pick<SshHost, 'name' | 'address' | 'port'>;

/** One connection to the jump host for all that go through it; a new one when it was lost. */
export class SharedJump implements Jump {
  readonly #options: SharedJumpOptions;
  #connecting: Promise<Connection> | undefined;
  #standing: Connection | undefined;
  /** The last failure, and when it was, ms since the epoch. */
  #failed: { error: unknown; at: number } | undefined;

  constructor(options: SharedJumpOptions) {
    this.#options = options;
  }

  async open(
    host: Target,
    { timeoutMs, signal = this.#options.signal }: { timeoutMs: number; signal?: AbortSignal | undefined },
  ): Promise<Duplex> {
    const startMs = performance.now();
    const connection = await this.#waitFor(host, { timeoutMs, signal });
    const leftMs = Math.max(LEAST_MS, timeoutMs - (performance.now() - startMs));
    try {
      return await connection.tcp(host, { signal, timeoutMs: leftMs });
    } catch (error) {
      signal.throwIfAborted();
      throw connection.lost ? blamed(host, connection.lostError(), connection.host.name) : error;
    }
  }

  async #waitFor(host: Target, { timeoutMs, signal }: { timeoutMs: number; signal: AbortSignal }): Promise<Connection> {
    const { name } = this.#options;
    const late = () => new SshError({ name, address: '' }, 'timeout', 'SSH timed out');
    try {
      return await limited(() => this.#connection(timeoutMs), { clock: systemClock, signal, timeoutMs, late });
    } catch (error) {
      signal.throwIfAborted();
      throw blamed(host, error, name);
    }
  }

  async #connection(timeoutMs: number): Promise<Connection> {
    const { clock, connect } = this.#options;
    if (this.#standing && !this.#standing.lost) return this.#standing;
    if (this.#failed && clock.now() - this.#failed.at < STILL_DOWN_MS) throw this.#failed.error;
    this.#connecting ??= connect({ timeoutMs })
      .then(
        (connection) => {
          this.#standing = connection;
          return connection;
        },
        (error) => {
          this.#failed = { error, at: clock.now() };
          throw error;
        },
      )
      .finally(() => {
        this.#connecting = undefined;
      });
    return this.#connecting;
  }
}

/** The error of a host that could not be reached because of its jump host. */
export function blamed(host: Target, error: unknown, name: string): SshError {
  const isSsh = error instanceof SshError;
  const who = `the jump host ${isSsh ? error.host : name}`;
  const why = isSsh ? error.short : messageOf(error);
  const words = isSsh && isSilence(error) ? `${who} does not answer (${why})` : `${who}: ${why}`;
  const hint = (error as { hint?: string }).hint;
  return Object.assign(new SshError(host, isSsh ? error.refusal : 'no-route', words, hint), { isJumps: true });
}
