// Which .belt.yaml is in use, and how far it is trusted.
import { dirname, isAbsolute, join, relative, resolve } from 'node:path';
import { messageOf, UsageError } from '../errors.ts';
import type { RefusedFile, SettingsFile, SettingsFiles } from './types.ts';

const FILE_NAME = '.belt.yaml';

export interface Search {
  cwd: string;
  home: string;
  /** What `--config` named. */
  configFile?: string | undefined;
  files: SettingsFiles;
  signal?: AbortSignal | undefined;
}

export interface ConfigFile {
  /** Absolute. */
  path: string;
  /** As messages name it: relative to the current folder, or absolute when it is elsewhere. */
  shown: string;
  text: string;
  /** The permission bits. */
  mode: number;
  /** What paths in it are relative to, absolute: its own folder. A pipe has none: there it is the current one. */
  folder: string;
  /**
   * Whether it was found in a project. Such a file may have come with a clone: it does not decide where a token goes that
   * it does not contain, nor which key is given to new droplets. What is in the home or was passed with `--config` is trusted.
   */
  fromProject: boolean;
}

/**
 * The file that `--config` names, else the first .belt.yaml from the current folder upwards, else the one in the home.
 * Throws a UsageError when the named file is missing, when a file is there and cannot be read, or when one that was found may
 * be somebody else's: it belongs to another user, is writable by everybody, or is a symbolic link out of the project.
 */
export async function findConfigFile(search: Search): Promise<ConfigFile | undefined> {
  const { configFile, cwd, home, files, signal } = search;
  if (configFile !== undefined) {
    const path = resolve(cwd, configFile);
    const file = configFile === '' ? undefined : await reading(search, path, () => files.named(path, { signal }));
    if (file) return described(search, path, file, { fromProject: false });
    throw new UsageError(`--config ${configFile === '' ? "''" : configFile}: no such file`);
  }
  // The current folder is reported without symbolic links, the home as HOME has it.
  const homes = [resolve(home), files.real(home)];
  for (const folder of new Set([...withParents(resolve(cwd)), resolve(home)])) {
    const path = join(folder, FILE_NAME);
    const isHome = homes.includes(folder);
    const file = await reading(search, path, () => files.found(path, { home: isHome }));
    if (file) return described(search, path, file, { fromProject: !isHome });
  }
  return undefined;
}

function described(
  search: Search,
  path: string,
  file: SettingsFile | RefusedFile,
  { fromProject }: { fromProject: boolean },
): ConfigFile {
  const shown = shownPath(search.cwd, path);
  if (!('refused' in file)) {
    const { text, mode, regular } = file;
    return { path, shown, text, mode, folder: regular ? dirname(path) : search.cwd, fromProject };
  }
  const named = search.configFile !== undefined;
  throw new UsageError(`${shown} ${file.refused}`, {
    hint: file.hint ?? (named ? undefined : `if you trust it, pass it explicitly: --config ${shown}`),
  });
}

async function reading<T>({ cwd }: Search, path: string, read: () => T | Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError(`${shownPath(cwd, path)}: cannot be read: ${messageOf(error)}`, { cause: error });
  }
}

function shownPath(cwd: string, path: string): string {
  const below = relative(cwd, path);
  return below.startsWith('..') || isAbsolute(below) ? path : below;
}

function withParents(folder: string): string[] {
  const parent = dirname(folder);
  return parent === folder ? [folder] : [folder, ...withParents(parent)];
}
