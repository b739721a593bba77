// SHA-256 of files on a node, by its own sha256sum. Names go there on stdin: its shell reads none of them.
import pLimit from 'p-limit';
import type { Connection } from '../ssh/connection.ts';

/** A hash a line, and the path as it was given. */
const WHOLE = 'xargs -0 sha256sum --';
const ALL = 'xargs -0 cat -- | sha256sum';
const beginning = (bytes: number) => `xargs -0 head -c ${bytes} -- | sha256sum`;

/** So many names at once: a hash is not kept waiting for very many others. */
const MOST_NAMES = 64;
/** A channel each; OpenSSH lets a connection have ten. */
const MOST_AT_ONCE = 3;

const HASH = /^([0-9a-f]{64}) [ *](.*)$/s;
/** GNU's prints names with these in a form of its own, others do not. */
const IS_SPECIAL = /[\n\r\\]/;

interface Asked {
  path: string;
  answer: (hash: string | undefined) => void;
  failed: (error: unknown) => void;
}

export class Digests {
  readonly #connection: Connection;
  readonly #waiting: Asked[] = [];
  readonly #limit = pLimit(MOST_AT_ONCE);
  #tried: Promise<void> | undefined;
  #isUnable = false;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** It was found to have no sha256sum, or no shell. */
  get isUnable(): boolean {
    return this.#isUnable;
  }

  /** Of a whole file; undefined where there is none that it can read, or it `isUnable`. @throws SshError when the connection is lost */
  of(path: string): Promise<string | undefined> {
    if (this.#isUnable || IS_SPECIAL.test(path)) return this.ofBeginning(path);
    return new Promise((answer, failed) => {
      this.#waiting.push({ path, answer, failed });
      void this.#limit(() => this.#next());
    });
  }

  /** Of so many bytes at its beginning, or of all. */
  async ofBeginning(path: string, bytes?: number): Promise<string | undefined> {
    if (this.#isUnable) return undefined;
    return await this.#limit(async () => {
      const line = bytes === undefined ? ALL : beginning(bytes);
      const [, hash, name] = HASH.exec((await this.#run(line, [path])).trim()) ?? [];
      if (name === '-') return hash;
      await this.#learn();
      return undefined;
    });
  }

  async #next(): Promise<void> {
    const batch = this.#waiting.splice(0, MOST_NAMES);
    if (batch.length === 0) return;
    try {
      const found = await this.#ofEach(batch.map(({ path }) => path));
      if (found.size === 0) await this.#learn();
      for (const { path, answer } of batch) answer(found.get(path));
    } catch (error) {
      for (const { failed } of batch) failed(error);
    }
  }

  async #ofEach(paths: readonly string[]): Promise<Map<string, string>> {
    const lines = (await this.#run(WHOLE, paths)).split('\n');
    return new Map(lines.flatMap((line) => (HASH.test(line) ? [[line.slice(66), line.slice(0, 64)]] : [])));
  }

  /** It told no hash at all. What was asked for may only be gone: so it is asked for what every node has. */
  async #learn(): Promise<void> {
    this.#tried ??= this.#try();
    await this.#tried;
  }

  async #try(): Promise<void> {
    this.#isUnable = (await this.#ofEach(['/dev/null'])).size === 0;
  }

  async #run(line: string, names: readonly string[]): Promise<string> {
    const { channel, ended } = await this.#connection.exec(line);
    channel.stderr.resume();
    const chunks: Buffer[] = [];
    channel.on('data', (chunk: Buffer) => chunks.push(chunk));
    channel.on('error', () => {});
    channel.end(`${names.join('\0')}\0`);
    await ended;
    return Buffer.concat(chunks).toString('utf8');
  }
}
