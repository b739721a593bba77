// The `.belt/` folder: a cache of the nodes, the pinned host keys, what a run is about to make, and the user's choices.
// Nothing in it is the truth: the cloud and the swarm are (design rule 1). All of it may be deleted; the descriptions of
// clusters (cluster/folder.ts), which are the user's words, `belt cluster import` finds again.
import {
  closeSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { BeltError } from '../errors.ts';

export interface State {
  readonly folder: string;
  /** A file's text, undefined when there is none. */
  read(name: string): string | undefined;
  /** Replaces a file in one step, 0600. Throws BeltError when the disk is full or the folder read-only. */
  write(name: string, text: string): void;
  /** Replaces a file by what `change` makes of it; another belt that does so meanwhile waits. Throws BeltError like write. */
  update(name: string, change: (text: string | undefined) => string): void;
  /** One that is not there counts as removed. Throws BeltError like write. */
  remove(name: string): void;
  /** The names of the files in a folder of it. */
  list(folder: string): string[];
  /** A JSON file's value; an unreadable one counts as missing, since it is only a cache. */
  readJson<T>(name: string): T | undefined;
  writeJson(name: string, value: unknown): void;
}

const REASONS: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EROFS: 'the file system is read-only',
  ENOTDIR: 'its folder is a file',
  EEXIST: 'its folder is a file',
  EISDIR: 'it is a folder',
};

/** The state folder; it is made at the first write. */
export function openState(folder: string): State {
  const state: State = {
    folder,
    read: (name) => readIfThere(join(folder, name)),
    write: (name, text) => replace(join(folder, name), text),
    update: (name, change) => {
      const release = lock(join(folder, name));
      try {
        state.write(name, change(state.read(name)));
      } finally {
        release();
      }
    },
    remove: (name) => removeIfThere(join(folder, name)),
    list: (name) => filesOf(join(folder, name)),
    readJson: (name) => parsed(state.read(name)),
    writeJson: (name, value) => state.write(name, `${JSON.stringify(value)}\n`),
  };
  return state;
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw stateError('read', path, error);
  }
}

function removeIfThere(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if (!isMissing(error)) throw stateError('remove', path, error);
  }
}

function isMissing(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'ENOENT' || code === 'ENOTDIR';
}

function filesOf(folder: string): string[] {
  try {
    return readdirSync(folder).filter((name) => !name.endsWith('.new'));
  } catch {
    return [];
  }
}

function replace(path: string, text: string): void {
  const fresh = `${path}.${process.pid}.new`;
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    writeFileSync(fresh, text, { mode: 0o600 });
    renameSync(fresh, path);
  } catch (error) {
    try {
      unlinkSync(fresh);
    } catch {
      // There was none: the error to tell is the first.
    }
    throw stateError('write', path, error);
  }
}

/** Who holds a lock needs it for milliseconds: one that is older was left behind by a belt that was killed. */
const STALE_LOCK_MS = 5_000;
const LOCK_PAUSE_MS = 5;

/** Takes the lock of a file, and gives what releases it. */
function lock(path: string): () => void {
  const lockPath = `${path}.lock`;
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    while (!taken(lockPath)) {
      if (ageMs(lockPath) > STALE_LOCK_MS) removeIfThere(lockPath);
      else Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, LOCK_PAUSE_MS);
    }
  } catch (error) {
    if (error instanceof BeltError) throw error;
    throw stateError('write', path, error);
  }
  return () => removeIfThere(lockPath);
}

function taken(lockPath: string): boolean {
  try {
    closeSync(openSync(lockPath, 'wx', 0o600));
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** 0 for one that is gone. */
function ageMs(path: string): number {
  const mtime = statSync(path, { throwIfNoEntry: false })?.mtimeMs;
  return mtime === undefined ? 0 : Date.now() - mtime;
}

function stateError(verb: string, path: string, error: unknown): BeltError {
  const { code, message } = error as NodeJS.ErrnoException;
  return new BeltError(`cannot ${verb} ${path}: ${REASONS[code ?? ''] ?? message}`, {
    cause: error,
    hint: 'free some space or mend the folder (BELT_STATE_DIR names another), then run the same command again',
  });
}

// biome-ignore lint/suspicious/noExplicitAny: the caller says what it once wrote
function parsed(text: string | undefined): any {
  try {
    return text === undefined ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}
