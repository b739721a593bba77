// The command's side: asks the keeper for a connection to a node.
import { connect as connectTo } from 'node:net';
import type ssh2 from 'ssh2';
import { Connection, type SshHost } from '../ssh/connection.ts';
import { Frames } from './frames.ts';
import { KeptClient } from './kept-client.ts';
import { errorOf, failureOf, type LeaseAnswer, type Place, type Question } from './messages.ts';

/** How long the keeper may take to say anything at all: a frozen one must not hold up a command. */
const ANSWER_MS = 1_000;

/** Signs logins. */
export interface Login {
  /** `type base64`, each. */
  keys: readonly string[];
  sign(key: number, data: Buffer, hash: string | undefined): Promise<Buffer>;
  /** Called with the key that worked. */
  onLogin?: ((key: number) => void) | undefined;
}

export interface LeaseOptions {
  /** The keeper's socket. */
  path: string;
  node: Place;
  keepMs: number;
  /** What Connection is to say it is connected to. */
  host: SshHost;
  /** Asked for when the keeper has to log in. */
  login: () => Promise<Login>;
  signal: AbortSignal;
  /** For a login, in ms. */
  timeoutMs: number;
}

/** What the keeper gave. */
export interface Lease {
  connection: Connection;
  /** Its name at the keeper. */
  id: string;
}

/**
 * `silent` when the keeper does not answer, `none` when there is none.
 * @throws SshError when the keeper cannot connect to the node; what `login` throws; the signal's reason
 */
export function lease(options: LeaseOptions): Promise<Lease | 'silent' | 'none'> {
  const { path, node, keepMs, signal, timeoutMs } = options;
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason);
    const socket = connectTo(path);
    let timer = setTimeout(() => give('silent'), ANSWER_MS);
    let isSettled = false;
    let isFirst = true;
    const settle = () => {
      isSettled = true;
      clearTimeout(timer);
      signal.removeEventListener('abort', abort);
      socket.off('close', closed);
    };
    const give = (got: Lease | 'silent' | 'none') => {
      settle();
      if (typeof got === 'string') socket.destroy();
      resolve(got);
    };
    const fail = (error: unknown) => {
      // Later it is one channel that fails.
      if (isSettled) return;
      settle();
      socket.destroy();
      reject(error);
    };
    const abort = () => fail(signal.reason);
    const closed = () => give(isFirst ? 'none' : 'silent');
    signal.addEventListener('abort', abort, { once: true });
    socket.once('close', closed);
    const talk = new Talk(options, { give, fail });
    const frames = new Frames(socket, {
      onJson: (message) => {
        if (isFirst) {
          isFirst = false;
          clearTimeout(timer);
          timer = setTimeout(() => give('silent'), timeoutMs);
        }
        talk.told(frames, message as LeaseAnswer);
      },
    });
    const question: Question = { do: 'lease', node, keepMs };
    frames.json(question);
  });
}

interface Ends {
  give: (got: Lease) => void;
  fail: (error: unknown) => void;
}

/** What is said on a lease, also later: the keeper may need another connection to the node. */
class Talk {
  readonly #options: LeaseOptions;
  readonly #ends: Ends;
  #login: Promise<Login> | undefined;
  #client: KeptClient | undefined;

  constructor(options: LeaseOptions, ends: Ends) {
    this.#options = options;
    this.#ends = ends;
  }

  told(frames: Frames, answer: LeaseAnswer): void {
    const { node } = this.#options;
    if (answer.is === 'login') void this.#offer(frames);
    else if (answer.is === 'sign') void this.#sign(frames, answer);
    else if (answer.is === 'failed') this.#ends.fail(errorOf(answer.error, node));
    else if (answer.is === 'there') this.#client?.answered();
    else void this.#kept(frames, answer);
  }

  async #kept(frames: Frames, { lease: id, hostKey, login }: LeaseAnswer & { is: 'kept' }): Promise<void> {
    const { path, node, host } = this.#options;
    const client = new KeptClient(path, { frames, lease: id, node });
    this.#client = client;
    if (login !== undefined) (await this.#login)?.onLogin?.(login);
    // Connection uses no more of ssh2's client than this has.
    const connection = new Connection(host, client as unknown as ssh2.Client, Buffer.from(hostKey, 'base64'));
    this.#ends.give({ connection, id });
  }

  async #offer(frames: Frames): Promise<void> {
    try {
      this.#login ??= this.#options.login();
      frames.json({ keys: (await this.#login).keys });
    } catch (error) {
      frames.json({ refused: failureOf(error) });
      this.#ends.fail(error);
    }
  }

  async #sign(frames: Frames, { n, key, data, hash }: LeaseAnswer & { is: 'sign' }): Promise<void> {
    try {
      this.#login ??= this.#options.login();
      const signature = await (await this.#login).sign(key, Buffer.from(data, 'base64'), hash);
      frames.json({ signed: n, signature: signature.toString('base64') });
    } catch {
      // The keeper tries the next key.
      frames.json({ signed: n });
    }
  }
}
