// Streams to the engine at the other end of one SSH connection: through its unix socket or, where the sshd forwards none,
// through `docker system dial-stdio`.
import type { Duplex } from 'node:stream';
import pLimit, { type LimitFunction } from 'p-limit';
import type { Connection, ExecResult, Patience } from '../ssh/connection.ts';
import { isChannelRefused } from '../ssh/errors.ts';
import { EngineError, silentEngine } from './error.ts';

/** Where an engine listens on its host. */
const SOCKET = '/var/run/docker.sock';
const DIAL = 'docker system dial-stdio';
/** Of the 10 sessions that an sshd allows a connection (MaxSessions); streams to the socket are none. */
const SESSIONS = 8;

/** What it needs of a connection. */
export type Way = Pick<Connection, 'exec' | 'host' | 'run' | 'unixSocket'>;

export class EngineDoor<C extends Way = Connection> {
  readonly connection: C;
  /** Sessions, one a stream, where sshd opens none to the socket. */
  #sessions: LimitFunction | undefined;
  #finding: Promise<void> | undefined;

  constructor(connection: C) {
    this.connection = connection;
  }

  /** How streams get there, for `--trace`. */
  get way(): string {
    return this.#sessions ? DIAL : SOCKET;
  }

  /** How many there can be at the same time, as far as is known after the first. */
  get streamsAtOnce(): number {
    return this.#sessions ? SESSIONS : Number.POSITIVE_INFINITY;
  }

  /** Whether another stream has to wait until one ends. */
  get isFull(): boolean {
    return this.#sessions !== undefined && this.#sessions.activeCount >= SESSIONS;
  }

  /**
   * Opens a stream. Where there are sessions only, it waits until one is free.
   * @throws EngineError saying why the engine cannot be reached; SshError when the connection is lost
   */
  async open(patience: Patience = {}): Promise<Duplex> {
    if (this.#sessions === undefined) {
      const stream = await this.#throughSocket(patience);
      if (stream) return stream;
      this.#finding ??= this.#findWay(patience).finally(() => {
        this.#finding = undefined;
      });
      await this.#finding;
    }
    const again = this.#sessions === undefined ? await this.#throughSocket(patience) : undefined;
    return again ?? (await this.#throughSession(patience));
  }

  /** Undefined when sshd opens none. */
  async #throughSocket(patience: Patience): Promise<Duplex | undefined> {
    try {
      return await this.connection.unixSocket(SOCKET, patience);
    } catch (error) {
      // Nothing listens, its user may not, or forwarding is off: sshd never says which.
      if (isChannelRefused(error)) return undefined;
      throw error;
    }
  }

  /** sshd does not say why it opens no stream: docker does, which tries the same as the same user. */
  async #findWay(patience: Patience): Promise<void> {
    const tried = await this.connection.run(DIAL, patience);
    if (tried.code !== 0) throw noWay(this.connection, tried);
    // An engine that was just starting listens by now.
    const stream = await this.#throughSocket(patience);
    if (stream) stream.destroy();
    else this.#sessions = pLimit(SESSIONS);
  }

  #throughSession(patience: Patience): Promise<Duplex> {
    return new Promise((resolve, reject) => {
      this.#sessions ??= pLimit(SESSIONS);
      this.#sessions(async () => {
        const { channel, ended } = await this.connection.exec(DIAL, {}, patience);
        channel.stderr.resume();
        resolve(channel);
        // A lost connection ends it as well.
        await ended.catch(() => {});
      }).catch(reject);
    });
  }
}

const doors = new WeakMap<Connection, EngineDoor>();

/** The one door of a connection: how its engine is reached is found out once. */
export function doorOf(connection: Connection): EngineDoor {
  const door = doors.get(connection) ?? new EngineDoor(connection);
  doors.set(connection, door);
  return door;
}

/** What docker says where no engine runs. */
const NOBODY = /no such file or directory|connection refused|cannot connect to the docker daemon/i;

function noWay({ host: { name, user } }: Way, { code, stderr }: ExecResult): EngineError {
  const words = (stderr.trim().split('\n').at(-1) ?? '').replace('failed to open the raw stream connection: ', '');
  if (/permission denied/i.test(words)) {
    return new EngineError(name, 0, `${user} may not use Docker there (permission denied on ${SOCKET})`, {
      hint: `let it, which makes it as good as root there: belt exec ${name} --sudo -- usermod -aG docker ${user}`,
    });
  }
  if (code === 127) return new EngineError(name, 0, 'there is no Docker on it');
  const why = words === '' || NOBODY.test(words) ? `nothing is listening on ${SOCKET}` : words;
  return silentEngine(name, `: ${why}`);
}
