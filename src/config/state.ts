// A folder of belt's own: in the user's state folder a cache of the nodes, the pinned host keys, what a run is about to make and
// the user's choices (account.ts says where); in a project the descriptions of clusters (cluster/folder.ts).
// Nothing in the state folder is the truth: the cloud and the swarm are (design rule 1). All of it may be deleted.
import { readdirSync } from 'node:fs';
import { dirname, isAbsolute, join } from 'node:path';
import { BeltError } from '../errors.ts';
import {
  checkWritable,
  fileError,
  makeFolders,
  type OwnFolder,
  readOwnFile,
  removeOwnFile,
  replaceOwnFile,
} from './state-files.ts';
import { takeLock } from './state-lock.ts';

export interface State {
  readonly folder: string;
  /** A file's text, undefined when there is none. */
  read(name: string): string | undefined;
  /** Replaces a file atomically, 0600. Throws BeltError when the disk is full or the folder read-only. */
  write(name: string, text: string): void;
  /** Replaces a file with what `change` returns, or removes it; other belts that do so at the same time wait. Throws like write. */
  update(name: string, change: (text: string | undefined) => string | undefined): void;
  /** Like update, of a JSON file's value; `change` gets undefined for one that is missing or cannot be read, and removes it with undefined. */
  updateJson(name: string, change: (value: unknown) => unknown): void;
  /** One that is not there counts as removed. Throws BeltError like write. */
  remove(name: string): void;
  /** The names of the files in a folder of it. */
  list(folder: string): string[];
  /** A JSON file's value; an unreadable one counts as missing, since it is only a cache. */
  readJson<T = unknown>(name: string): T | undefined;
  writeJson(name: string, value: unknown): void;
  /** For commands that delete: what is gone must be forgotten afterwards. @throws BeltError when nothing could be written */
  checkWritable(): void;
}

/** Belt's own folder; it is created at the first write. `own` is where belt's part of the path begins: by default the folder itself. */
export function openState(folder: string, own: OwnFolder = { root: folder }): State {
  const pathOf = (name: string) => join(folder, checkedName(name));
  const state: State = {
    folder,
    read: (name) => readOwnFile(own, pathOf(name)),
    write: (name, text) => replaceOwnFile(own, pathOf(name), text),
    update: (name, change) => {
      const release = lock(own, pathOf(name));
      try {
        const text = change(state.read(name));
        if (text === undefined) state.remove(name);
        else state.write(name, text);
      } finally {
        release();
      }
    },
    updateJson: (name, change) =>
      state.update(name, (text) => {
        const value = change(parsed(text));
        return value === undefined ? undefined : `${JSON.stringify(value)}\n`;
      }),
    remove: (name) => removeOwnFile(own, pathOf(name)),
    list: (name) => filesOf(pathOf(name)),
    readJson: <T>(name: string) => {
      try {
        return parsed(state.read(name)) as T | undefined;
      } catch {
        return undefined;
      }
    },
    writeJson: (name, value) => state.write(name, `${JSON.stringify(value)}\n`),
    checkWritable: () => checkWritable(own, folder),
  };
  return state;
}

function parsed(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? 'null') ?? undefined;
  } catch {
    return undefined;
  }
}

/** @throws BeltError for a name that leads out of the folder */
function checkedName(name: string): string {
  const parts = name.split(/[/\\]/);
  if (isAbsolute(name) || name.includes('\0') || parts.some((part) => part === '..' || part === '')) {
    throw new BeltError(`${JSON.stringify(name)} is not the name of a file that belt keeps`);
  }
  return name;
}

function filesOf(folder: string): string[] {
  try {
    return readdirSync(folder).filter((name) => !/\.(new|lock)$/.test(name));
  } catch {
    return [];
  }
}

function lock(own: OwnFolder, path: string): () => void {
  try {
    makeFolders(own, dirname(path));
    return takeLock(`${path}.lock`);
  } catch (error) {
    throw fileError(own, 'write', path, error);
  }
}
