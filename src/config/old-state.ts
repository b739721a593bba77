// The `.belt/` of an older belt, which kept host keys and choices next to .belt.yaml. Whoever clones a repository owns what
// came with it, so a folder's owner proves nothing: in a project the user is asked. What is in the home, or where BELT_STATE_DIR
// points, is adopted when nobody else can have written to it.
import { existsSync, lstatSync, readdirSync, rmdirSync, unlinkSync } from 'node:fs';
import { isIP } from 'node:net';
import { dirname, join } from 'node:path';
import { readUserFile } from '../user-file.ts';
import { activeNode, readRun, setActiveNode, writeRun } from './choices.ts';
import { clusterName } from './kinds.ts';
import { isAdopted, setChosenCluster } from './projects.ts';
import { openState, type State } from './state.ts';
import type { Settings } from './types.ts';

export interface OldState {
  folder: string;
  /** What it contains: `host keys, the active node`. */
  holds: string;
  /** Why it is not adopted, whatever the user answers. */
  refused?: string;
  /** Nobody but the user can have put it there. */
  trusted: boolean;
  /** The cluster that was chosen. */
  cluster?: string;
}

const CLUSTER = 'cluster';
const HOST_KEYS = 'known_hosts';
const ACTIVE = 'active.json';
const RUNS = 'runs';
const MEANINGS: Readonly<Record<string, string>> = {
  [HOST_KEYS]: 'host keys',
  [ACTIVE]: 'the active node',
  [CLUSTER]: 'the chosen cluster',
  [RUNS]: 'interrupted runs',
};
/** More than git's index of a large repository has. */
const INDEX_BYTES = 256 * 1024 * 1024;
/** A droplet's pin and the address next to it. */
const PIN = /^belt-\d{1,16}(,\S+)? (ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp\d+) [A-Za-z0-9+/=]+( interim)?$/;

/** What an older belt left next to .belt.yaml; undefined when there is nothing, or it was handled already. */
export function findOldState(
  settings: Pick<Settings, 'projectFolder' | 'stateFolder'>,
  { home }: { home: string },
): OldState | undefined {
  const folder = join(settings.projectFolder, '.belt');
  const names = Object.keys(MEANINGS).filter((name) => existsSync(join(folder, name)));
  if (names.length === 0 || isAdopted(settings)) return undefined;
  const refused = whyRefused(folder, names);
  const cluster = refused === undefined && names.includes(CLUSTER) ? chosenIn(folder) : undefined;
  return {
    folder,
    holds: names.map((name) => MEANINGS[name]).join(', '),
    ...(refused !== undefined && { refused }),
    trusted: settings.projectFolder === home || settings.stateFolder === folder,
    ...(cluster !== undefined && { cluster }),
  };
}

/** Moves the choice of a cluster. @throws BeltError */
export function adoptChoice(
  settings: Pick<Settings, 'projectFolder' | 'stateFolder'>,
  { folder, cluster }: OldState,
): void {
  if (cluster !== undefined) setChosenCluster(settings, cluster);
  remove(join(folder, CLUSTER));
}

/** Moves the rest to the account's state, which takes precedence. @throws BeltError */
export function adoptOldState({ folder }: OldState, account: State): void {
  const old = openState(folder);
  const pins = (old.read(HOST_KEYS) ?? '').split('\n').filter((line) => PIN.test(line) && hasAddresses(line));
  account.update(HOST_KEYS, (text = '') => {
    const known = new Set(text.split('\n').map(aliasOf));
    return (
      text +
      pins
        .filter((line) => !known.has(aliasOf(line)))
        .map((line) => `${line}\n`)
        .join('')
    );
  });
  const active = old.readJson(ACTIVE);
  for (const [cluster, name] of Object.entries(typeof active === 'object' && active !== null ? active : {})) {
    if (typeof name === 'string' && activeNode(account, cluster) === undefined) setActiveNode(account, cluster, name);
  }
  for (const file of old.list(RUNS)) {
    const run = readRun(old, file.replace(/\.json$/, ''));
    if (run) writeRun(account, run);
    remove(join(folder, RUNS, file));
  }
  if (existsSync(join(folder, RUNS)) && readdirSync(join(folder, RUNS)).length === 0) rmdirSync(join(folder, RUNS));
  for (const name of [HOST_KEYS, ACTIVE]) remove(join(folder, name));
  for (const name of readdirSync(folder)) if (/^nodes-.*\.json$|^timings\.json$/.test(name)) remove(join(folder, name));
}

const aliasOf = (line: string): string => line.split(/[, ]/, 1)[0]!;
const hasAddresses = (line: string): boolean => {
  const [, address] = line.split(' ', 1)[0]!.split(',');
  return address === undefined || isIP(address.replace(/^\[(.*)\]:\d+$/, '$1')) !== 0;
};

function chosenIn(folder: string): string | undefined {
  const text = openState(folder).read(CLUSTER) ?? '';
  return clusterName.read(text.trim(), { folder: '/', home: '/' });
}

function remove(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // Whatever remains is asked about again.
  }
}

/** Why somebody else may have written it; undefined when nothing suggests so. */
function whyRefused(folder: string, names: readonly string[]): string | undefined {
  for (const path of [folder, ...names.map((name) => join(folder, name))]) {
    const stats = lstatSync(path);
    const isFolder = path === folder || path === join(folder, RUNS);
    if (stats.isSymbolicLink()) return `${path} is a symbolic link`;
    if (isFolder ? !stats.isDirectory() : !stats.isFile()) return `${path} is not a ${isFolder ? 'folder' : 'file'}`;
    if (process.getuid !== undefined && stats.uid !== process.getuid()) return `${path} belongs to another user`;
    if (process.platform !== 'win32' && (stats.mode & 0o022) !== 0) return `others can write to ${path}`;
  }
  return isCheckedIn(folder, names) ? `${folder} is checked in to git` : undefined;
}

/** Looks for the names in git's index, which has them in full (its versions 2 and 3). */
function isCheckedIn(folder: string, names: readonly string[]): boolean {
  for (let at = dirname(folder); ; at = dirname(at)) {
    try {
      const index = readUserFile(join(at, '.git', 'index'), { mostBytes: INDEX_BYTES }).bytes;
      return names.some((name) => index.includes(`.belt/${name}`));
    } catch {
      if (dirname(at) === at) return false;
    }
  }
}
