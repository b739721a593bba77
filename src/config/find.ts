// Which .belt.yaml is in use.
import { dirname, isAbsolute, join, relative, resolve } from 'node:path';
import { messageOf, UsageError } from '../errors.ts';
import type { SettingsFiles } from './types.ts';

const FILE_NAME = '.belt.yaml';

interface Search {
  cwd: string;
  home: string;
  /** What `--config` named. */
  configFile?: string;
  files: SettingsFiles;
}

export interface ConfigFile {
  /** Absolute. */
  path: string;
  /** As messages name it: from the current folder, or whole when it is not below. */
  shown: string;
  text: string;
}

/**
 * The file that `--config` names, else the first .belt.yaml from the current folder upwards, else the one in the home.
 * Throws a UsageError when the named file is missing, when a file is there and cannot be read, or when one that was found
 * belongs to somebody else.
 */
export function findConfigFile(search: Search): ConfigFile | undefined {
  const { configFile, cwd, home } = search;
  if (configFile !== undefined) {
    const found = configFile === '' ? undefined : read(search, resolve(cwd, configFile));
    if (found) return found;
    throw new UsageError(`--config ${configFile === '' ? "''" : configFile}: there is no such file`);
  }
  for (const folder of [...withParents(resolve(cwd)), home]) {
    const found = read(search, join(folder, FILE_NAME));
    if (found) return checkOwner(search, found);
  }
  return undefined;
}

/** A file that somebody else put above the current folder (in /tmp, say) could send the token anywhere by its api_url. */
function checkOwner({ files }: Search, found: ConfigFile): ConfigFile {
  if (files.own(found.path)) return found;
  throw new UsageError(`${found.shown} belongs to another user`, {
    hint: `if you trust it, name it: --config ${found.shown}`,
  });
}

function read({ cwd, files }: Search, path: string): ConfigFile | undefined {
  const below = relative(cwd, path);
  const shown = below.startsWith('..') || isAbsolute(below) ? path : below;
  try {
    const text = files.read(path);
    return text === undefined ? undefined : { path, shown, text };
  } catch (error) {
    throw new UsageError(`${shown}: cannot be read: ${messageOf(error)}`, { cause: error });
  }
}

function withParents(folder: string): string[] {
  const parent = dirname(folder);
  return parent === folder ? [folder] : [folder, ...withParents(parent)];
}
