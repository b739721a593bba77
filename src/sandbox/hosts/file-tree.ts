// A simulated host's files as SFTP sees them: with folders, modes and times.
import { posix } from 'node:path';

/** The folders of every host. */
const FOLDERS = ['/', '/etc', '/home', '/opt', '/root', '/srv', '/tmp', '/var', '/var/log'];
const HOME = '/root';

export interface Attributes {
  mode: number;
  uid: number;
  gid: number;
  size: number;
  /** In seconds since the epoch. */
  atime: number;
  mtime: number;
}

/** What SETSTAT may say. */
export type Change = Partial<Attributes>;

const [FILE, FOLDER, KIND] = [0o100000, 0o040000, 0o170000];

export class FileTree {
  readonly #files: Map<string, Buffer>;
  readonly #folders = new Set(FOLDERS);
  readonly #own = new Map<string, Pick<Attributes, 'mode' | 'atime' | 'mtime'>>();
  readonly #now: () => number;

  /** `now` in seconds since the epoch. */
  constructor(files: Map<string, Buffer>, now: () => number) {
    this.#files = files;
    this.#now = now;
  }

  /** The whole path; what does not begin with / is below root's home. */
  resolve = (path: string): string => posix.resolve(HOME, path);

  attributes(path: string): Attributes | undefined {
    const content = this.#files.get(path);
    if (content === undefined && !this.isFolder(path)) return undefined;
    const kind = content === undefined ? FOLDER : FILE;
    const { mode, atime, mtime } = this.#own.get(path) ?? { mode: content ? 0o644 : 0o755, atime: 0, mtime: 0 };
    return { mode: kind | mode, uid: 0, gid: 0, size: content?.length ?? 4096, atime, mtime };
  }

  isFolder(path: string): boolean {
    return this.#folders.has(path) || [...this.#files.keys()].some((file) => file.startsWith(`${path}/`));
  }

  /** The names in a folder. */
  names(path: string): string[] {
    const start = path === '/' ? '/' : `${path}/`;
    const all = [...this.#files.keys(), ...this.#folders].filter((each) => each.startsWith(start) && each !== path);
    return [...new Set(all.map((each) => each.slice(start.length).split('/')[0]!))].filter(Boolean);
  }

  content = (path: string): Buffer | undefined => this.#files.get(path);

  /** Undefined where there is no folder for it. */
  create(path: string, mode: number): true | undefined {
    if (!this.isFolder(posix.dirname(path))) return undefined;
    this.#files.set(path, Buffer.alloc(0));
    this.#set(path, { mode });
    return true;
  }

  write(path: string, bytes: Buffer, position: number): void {
    const old = this.#files.get(path) ?? Buffer.alloc(0);
    const size = Math.max(old.length, position + bytes.length);
    const room = old.buffer.byteLength - old.byteOffset;
    let all = old;
    if (size > room || old.length === 0) {
      all = Buffer.from(new ArrayBuffer(Math.max(64 * 1024, size * 2)));
      old.copy(all);
    }
    const grown = Buffer.from(all.buffer, all.byteOffset, size);
    bytes.copy(grown, position);
    this.#files.set(path, grown);
  }

  makeFolder(path: string, mode: number): boolean {
    if (this.attributes(path) !== undefined || !this.isFolder(posix.dirname(path))) return false;
    this.#folders.add(path);
    this.#set(path, { mode });
    return true;
  }

  remove(path: string): boolean {
    this.#own.delete(path);
    return this.#files.delete(path);
  }

  /** As SFTP's own rename: the new name must be free. */
  rename(from: string, to: string): boolean {
    const content = this.#files.get(from);
    if (content === undefined || this.attributes(to) !== undefined) return false;
    const own = this.#own.get(from);
    this.remove(from);
    this.#files.set(to, content);
    if (own) this.#own.set(to, own);
    return true;
  }

  change(path: string, { size, mode, atime, mtime }: Change): void {
    const content = this.#files.get(path);
    if (size !== undefined && content) this.#files.set(path, Buffer.from(content.subarray(0, size)));
    this.#set(path, {
      ...(mode !== undefined && { mode }),
      ...(atime !== undefined && { atime, mtime: mtime ?? atime }),
    });
  }

  #set(path: string, change: Change): void {
    const now = this.#now();
    const { mode, atime, mtime } = { mode: 0o644, atime: now, mtime: now, ...this.#own.get(path), ...change };
    this.#own.set(path, { mode: mode & ~KIND, atime, mtime });
  }
}
