// SHA-256 of files on a node, by its own sha256sum. Names go there on stdin: its shell reads none of them.
import type { Connection } from '../ssh/connection.ts';

/** A hash a line, and the path as it was given; of a path with a line break in it GNU's has a form of its own, others have none. */
const WHOLE = 'xargs -0 sha256sum --';
const beginning = (bytes: number) => `xargs -0 head -c ${bytes} -- | sha256sum`;

/** So many names at once: a hash is not kept waiting for very many others. */
const MOST_NAMES = 64;
/** A channel each; OpenSSH lets a connection have ten. */
const MOST_AT_ONCE = 3;

const HASH = /^([0-9a-f]{64}) [ *](.*)$/;

interface Asked {
  path: string;
  answer: (hash: string | undefined) => void;
  failed: (error: unknown) => void;
}

export class Digests {
  readonly #connection: Connection;
  readonly #waiting: Asked[] = [];
  #running = 0;
  /** It has no sha256sum, or no shell. */
  #isUnable = false;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** Of a whole file; undefined where the node cannot tell. @throws SshError when the connection is lost */
  of(path: string): Promise<string | undefined> {
    if (this.#isUnable || path.includes('\n') || path.includes('\\')) return this.ofBeginning(path);
    return new Promise((answer, failed) => {
      this.#waiting.push({ path, answer, failed });
      void this.#next();
    });
  }

  /** Of so many bytes at its beginning, or of all. */
  async ofBeginning(path: string, bytes?: number): Promise<string | undefined> {
    if (this.#isUnable) return undefined;
    const line = bytes === undefined ? 'xargs -0 cat -- | sha256sum' : beginning(bytes);
    const [, hash, name] = HASH.exec((await this.#run(line, [path])).trim()) ?? [];
    return name === '-' ? hash : undefined;
  }

  async #next(): Promise<void> {
    if (this.#running >= MOST_AT_ONCE || this.#waiting.length === 0) return;
    const batch = this.#waiting.splice(0, MOST_NAMES);
    this.#running++;
    try {
      const lines = (
        await this.#run(
          WHOLE,
          batch.map(({ path }) => path),
        )
      ).split('\n');
      const found = new Map(
        lines.flatMap((line) => (HASH.exec(line) ? [[line.slice(66), line.slice(0, 64)]] : [])) as [string, string][],
      );
      if (found.size === 0) this.#isUnable = true;
      for (const { path, answer } of batch) answer(found.get(path));
    } catch (error) {
      for (const { failed } of batch) failed(error);
    } finally {
      this.#running--;
      void this.#next();
    }
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
