// The files of a stack: read through a function, named in messages as the user would name them.
import { isAbsolute, join, relative } from 'node:path';

/** The content of a file; undefined where there is none. */
export type ReadFile = (path: string) => Buffer | undefined;

export class Files {
  readonly #readFile: ReadFile;
  readonly #cwd: string;
  readonly #home: string | undefined;
  /** In the order in which they were first read, as messages name them. */
  readonly names: string[] = [];

  constructor(options: { readFile: ReadFile; cwd: string; home?: string | undefined }) {
    this.#readFile = options.readFile;
    this.#cwd = options.cwd;
    this.#home = options.home;
  }

  /** An absolute path; `~` is the user's home. */
  resolve(folder: string, path: string): string {
    const whole = this.#home !== undefined && /^~(?=\/|$)/.test(path) ? this.#home + path.slice(1) : path;
    return isAbsolute(whole) ? join(whole) : join(folder, whole);
  }

  /** The path as messages name it: from the current folder where it is in it. */
  shown(path: string): string {
    const near = relative(this.#cwd, path);
    return near === '' || near.startsWith('..') ? path : near;
  }

  read(path: string): Buffer | undefined {
    const shown = this.shown(path);
    if (!this.names.includes(shown)) this.names.push(shown);
    return this.#readFile(path);
  }
}
