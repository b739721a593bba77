// A node of a test: what belt copies to it or from it is in a real folder, and a test can step in before each request.
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync } from 'node:fs';
import * as fs from 'node:fs/promises';
import { dirname, join, posix } from 'node:path';
import { Duplex } from 'node:stream';
import { type Clock, systemClock } from '../../../src/clock.ts';
import type { Context } from '../../../src/context.ts';
import { Progress } from '../../../src/copy/progress.ts';
import type { NodeEnd } from '../../../src/copy/session.ts';
import type { Node } from '../../../src/model/node.ts';
import { SshError } from '../../../src/ssh/errors.ts';
import { type Handle, type Sftp, SftpError } from '../../../src/ssh/sftp.ts';

type Attributes = { size?: number; mode?: number; atime?: number; mtime?: number };

/** What its sha256sum is like. */
export type Sums = 'right' | 'wrong' | 'missing';

export class FakeNode {
  readonly node: Node;
  readonly root: string;
  sums: Sums = 'right';
  /** What a new folder does not get, as the node's umask has it. */
  umask = 0o022;
  /** Called before each request, and awaited: it may throw, or change what is there. */
  before: (request: string, path: string) => unknown = () => {};
  /** Resolves when somebody may log in. */
  login: Promise<unknown> = Promise.resolve();
  /** What was asked of it, in its order: `open /srv/x`. */
  readonly requests: string[] = [];
  #isLost = false;
  readonly #open = new Map<string, fs.FileHandle>();
  #next = 0;
  #last: Promise<unknown> = Promise.resolve();

  constructor(root: string, name: string) {
    this.root = join(root, name);
    this.node = { id: Number(name.replace(/\D/g, '')), name } as Node;
    mkdirSync(join(this.root, 'root'), { recursive: true });
    mkdirSync(join(this.root, 'srv'), { recursive: true });
  }

  /** Where a path of it is here. */
  at = (path: string): string => join(this.root, posix.resolve('/root', path));

  connection() {
    const node = this;
    this.#isLost = false;
    return {
      get lost() {
        return node.#isLost;
      },
      sftp: async () => this.#sftp(),
      exec: (line: string) => this.#exec(line),
      end: () => void this.#hangUp(),
      destroy: () => {
        this.#isLost = true;
      },
    };
  }

  /** It closes what was open, as a server does. */
  async #hangUp(): Promise<void> {
    await Promise.all([...this.#open.values()].map((file) => file.close()));
    this.#open.clear();
  }

  async #asked(request: string, path: string): Promise<void> {
    this.requests.push(`${request} ${path}`);
    await this.before(request, path);
    if (this.#isLost) throw new SshError({ name: this.node.name, address: this.node.name }, 'lost', 'lost');
  }

  /** One after the other, as OpenSSH's server does. */
  #do<T>(request: string, path: string, task: () => Promise<T>): Promise<T> {
    const answer = this.#last.then(() => this.#answer(request, path, task));
    this.#last = answer.catch(() => {});
    return answer;
  }

  async #answer<T>(request: string, path: string, task: () => Promise<T>): Promise<T> {
    await this.#asked(request, path);
    try {
      return await task();
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'ENOENT') throw new SftpError(path, 'no such file or folder', 2);
      if (code === 'EACCES') throw new SftpError(path, 'permission denied', 3);
      throw new SftpError(path, 'Failure', 4);
    }
  }

  #sftp(): Sftp {
    const orNothing = <T>(asked: Promise<T>) =>
      asked.catch((error) => {
        if (error instanceof SftpError && error.status === 2) return undefined;
        throw error;
      });
    const stats = (found: Awaited<ReturnType<typeof fs.stat>>) =>
      Object.assign(found, {
        atime: Math.floor(Number(found.atimeMs) / 1000),
        mtime: Math.floor(Number(found.mtimeMs) / 1000),
      });
    const file = (handle: Handle) => this.#open.get(handle.toString())!;
    return {
      stat: (path: string) => orNothing(this.#do('stat', path, async () => stats(await fs.stat(this.at(path))))),
      lstat: (path: string) => orNothing(this.#do('lstat', path, async () => stats(await fs.lstat(this.at(path))))),
      realpath: async (path: string) => posix.resolve('/root', path),
      mkdir: (path: string, mode: number) =>
        this.#do('mkdir', path, async () => {
          await fs.mkdir(this.at(path));
          await fs.chmod(this.at(path), mode & ~this.umask);
        }),
      remove: (path: string) => this.#do('remove', path, () => fs.unlink(this.at(path))),
      rename: (from: string, to: string) => this.#do('rename', from, () => fs.rename(this.at(from), this.at(to))),
      setStat: (path: string, attributes: Attributes) =>
        this.#do('setStat', path, async () => {
          const { mode, atime, mtime } = attributes;
          if (mode !== undefined) await fs.chmod(this.at(path), mode);
          if (mtime !== undefined) await fs.utimes(this.at(path), atime!, mtime);
        }),
      list: (path: string) =>
        this.#do('list', path, async () =>
          Promise.all(
            (await fs.readdir(this.at(path))).map(async (name) => ({
              name,
              stats: stats(await fs.lstat(join(this.at(path), name))),
            })),
          ),
        ),
      open: (path: string, flags: string, mode = 0o600) =>
        this.#do('open', path, async () => {
          const handle = Buffer.from(String(this.#next++));
          this.#open.set(handle.toString(), await fs.open(this.at(path), flags, mode));
          return handle;
        }),
      close: (handle: Handle, path: string) =>
        this.#do('close', path, async () => {
          await file(handle).close();
          this.#open.delete(handle.toString());
        }),
      setHandleStat: (handle: Handle, path: string, { size, mode, atime, mtime }: Attributes) =>
        this.#do('setHandleStat', path, async () => {
          if (size !== undefined) await file(handle).truncate(size);
          if (mode !== undefined) await file(handle).chmod(mode);
          if (mtime !== undefined) await file(handle).utimes(atime!, mtime);
        }),
      write: (handle: Handle, path: string, bytes: Buffer, position: number) => {
        const own = Buffer.from(bytes);
        return this.#do('write', path, async () => void (await file(handle).write(own, 0, own.length, position)));
      },
      read: (handle: Handle, path: string, bytes: Buffer, position: number) =>
        this.#do('read', path, async () => (await file(handle).read(bytes, 0, bytes.length, position)).bytesRead),
      sync: (_: Handle, path: string) => this.#do('sync', path, async () => {}),
      space: async () => undefined,
      end: () => {},
    } as unknown as Sftp;
  }

  async #exec(line: string) {
    const given: Buffer[] = [];
    let ended!: (code: number) => void;
    let failed!: (error: unknown) => void;
    const end = new Promise<number>((resolve, reject) => {
      ended = resolve;
      failed = reject;
    });
    end.catch(() => {});
    const channel = new Duplex({
      read: () => {},
      write: (chunk, _, done) => {
        given.push(chunk);
        done();
      },
      final: (done) => {
        const names = Buffer.concat(given).toString().split('\0').filter(Boolean);
        this.#sum(line, names).then((text) => {
          channel.once('end', () => ended(0));
          channel.push(text);
          channel.push(null);
        }, failed);
        done();
      },
    });
    return { channel: Object.assign(channel, { stderr: { resume: () => {} } }), ended: end };
  }

  async #sum(line: string, names: readonly string[]): Promise<string> {
    for (const name of names) await this.#asked('sha256sum', name);
    if (this.sums === 'missing') return '';
    const hash = (bytes: Buffer) =>
      this.sums === 'wrong' ? 'f'.repeat(64) : createHash('sha256').update(bytes).digest('hex');
    const contents = names.flatMap((name) => {
      try {
        return [{ name, bytes: name.startsWith('/dev/') ? Buffer.alloc(0) : readFileSync(this.at(name)) }];
      } catch {
        return [];
      }
    });
    if (line === 'xargs -0 sha256sum --')
      return contents.map(({ name, bytes }) => `${hash(bytes)}  ${name}\n`).join('');
    const most = /^xargs -0 head -c (\d+) -- \| sha256sum$/.exec(line)?.[1];
    if (most === undefined && line !== 'xargs -0 cat -- | sha256sum') throw new Error(`it does not know: ${line}`);
    const all = contents.map(({ bytes }) => bytes.subarray(0, most === undefined ? undefined : Number(most)));
    return `${hash(Buffer.concat(all))}  -\n`;
  }
}

/** What a copy needs of the world. */
export function contextOf(
  nodes: readonly FakeNode[],
  { signal = new AbortController().signal, clock = systemClock }: { signal?: AbortSignal; clock?: Clock } = {},
): Context {
  const connect = async ({ name }: Node) => {
    const at = nodes.find(({ node }) => node.name === name)!;
    await at.login;
    return at.connection();
  };
  return { clock, signal, fleet: async () => ({ connect }) } as unknown as Context;
}

/** Options of a copy, for which nobody looks. */
export const options = (more: { ended?: (end: NodeEnd) => void } = {}) => ({
  concurrency: 64,
  timeoutMs: undefined,
  progress: new Progress({ out: { live: false } as never, clock: systemClock }),
  ended: () => {},
  ...more,
});

/** A file with this content, and the folders that it needs. */
export async function put(path: string, content: string | Buffer): Promise<void> {
  await fs.mkdir(dirname(path), { recursive: true });
  await fs.writeFile(path, content);
}
