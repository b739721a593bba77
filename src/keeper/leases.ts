// The keeper's side of a lease: a command that works on a node, and signs its logins.
import type { Socket } from 'node:net';
import ssh2 from 'ssh2';
import type { SshHost } from '../ssh/connection.ts';
import type { Frames } from './frames.ts';
import { type HeldNode, type User, UserGone } from './held-node.ts';
import { errorOf, failureOf, type LeaseAnswer, type LeaseReply, type Place } from './messages.ts';

export class Lease implements User {
  readonly node: HeldNode;
  /** For how long what it used is kept after it, in ms. */
  readonly keepMs: number;
  /** The connections that are its channels. */
  readonly channels = new Set<Socket>();
  readonly #frames: Frames;
  readonly #id: string;
  #keys: { give: (keys: string[]) => void; fail: (error: Error) => void } | undefined;
  #offered: Promise<string[]> | undefined;
  readonly #signing = new Map<number, (signature: Buffer | undefined) => void>();
  #asked = 0;
  /** The key that worked, until the command knows. */
  #login: number | undefined;

  constructor(frames: Frames, { id, node, keepMs }: { id: string; node: HeldNode; keepMs: number }) {
    this.#frames = frames;
    this.#id = id;
    this.node = node;
    this.keepMs = keepMs;
    frames.handlers = { onJson: (message) => this.#told(message as LeaseReply) };
    frames.socket.once('close', () => this.#gone());
  }

  isThere(): boolean {
    return !this.#frames.socket.destroyed;
  }

  /** Connects to the node and says so. */
  async begin(): Promise<void> {
    try {
      const hostKey = (await this.node.open(this)).toString('base64');
      this.#tell({ is: 'kept', lease: this.#id, hostKey, ...(this.#login !== undefined && { login: this.#login }) });
    } catch (error) {
      this.#tell({ is: 'failed', error: failureOf(error) });
    }
  }

  async auth(place: Place): Promise<Pick<SshHost, 'auth' | 'onLogin'>> {
    // The same for a jump host: asked for once.
    this.#offered ??= new Promise<string[]>((give, fail) => {
      this.#keys = { give, fail };
      this.#tell({ is: 'login' });
    });
    const keys = await this.#offered;
    const username = place.user;
    return {
      auth: keys.flatMap((line, key): ssh2.AnyAuthMethod[] => {
        const parsed = ssh2.utils.parseKey(line);
        if (parsed instanceof Error) return [];
        return [{ type: 'agent', username, agent: new Signer(parsed, (...words) => this.#sign(key, ...words)) }];
      }),
      onLogin: (key) => {
        if (place === this.node.place) this.#login = key;
      },
    };
  }

  #sign(key: number, data: Buffer, hash: string | undefined): Promise<Buffer | undefined> {
    const n = ++this.#asked;
    return new Promise((resolve) => {
      this.#signing.set(n, resolve);
      if (!this.isThere()) return this.#signed(n, undefined);
      this.#tell({ is: 'sign', n, key, data: data.toString('base64'), ...(hash !== undefined && { hash }) });
    });
  }

  #signed(n: number, signature: Buffer | undefined): void {
    this.#signing.get(n)?.(signature);
    this.#signing.delete(n);
  }

  #told(reply: LeaseReply): void {
    if ('ping' in reply) this.#tell({ is: 'there' });
    else if ('keys' in reply) this.#keys?.give(reply.keys);
    else if ('refused' in reply) this.#keys?.fail(errorOf(reply.refused, this.node.place));
    else this.#signed(reply.signed, reply.signature === undefined ? undefined : Buffer.from(reply.signature, 'base64'));
  }

  #gone(): void {
    this.#keys?.fail(new UserGone());
    for (const n of this.#signing.keys()) this.#signed(n, undefined);
    for (const channel of this.channels) channel.destroy();
  }

  #tell(answer: LeaseAnswer): void {
    this.#frames.json(answer);
  }
}

/** One of the command's keys, as an agent that holds it: ssh2 signs with it without having it. */
class Signer extends ssh2.BaseAgent {
  readonly #key: ssh2.ParsedKey;
  readonly #sign: (data: Buffer, hash: string | undefined) => Promise<Buffer | undefined>;

  constructor(key: ssh2.ParsedKey, sign: (data: Buffer, hash: string | undefined) => Promise<Buffer | undefined>) {
    super();
    this.#key = key;
    this.#sign = sign;
  }

  override getIdentities(done: ssh2.IdentityCallback<ssh2.ParsedKey>): void {
    done(undefined, [this.#key]);
  }

  override sign(...words: unknown[]): void {
    const done = words.pop() as (error?: Error, signature?: Buffer) => void;
    const [, data, options] = words as [unknown, Buffer, { hash?: string } | undefined];
    void this.#sign(data, options?.hash).then((signature) =>
      signature ? done(undefined, signature) : done(new Error('the command did not sign')),
    );
  }
}
