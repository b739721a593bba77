// What the user chose for each project folder, kept in the user's state folder and not in the project: a folder that was cloned
// or is shared cannot choose for them.
import { realpathSync } from 'node:fs';
import { join } from 'node:path';
import { UsageError } from '../errors.ts';
import { clusterName } from './kinds.ts';
import { openState } from './state.ts';
import { readOwnFile } from './state-files.ts';
import type { Settings } from './types.ts';

type Place = Pick<Settings, 'stateFolder' | 'projectFolder'>;

interface Choices {
  /** What `belt cluster use` chose. */
  cluster?: string;
  /** Whether an older `.belt/` of the project was handled, by adopting its pins or not. */
  adopted?: boolean;
  /** For how long, in ms, its file has connections kept, as the user was told. */
  keepTold?: number;
}

const FILE = 'projects.json';

/** The cluster that was chosen here; undefined where none was. @throws UsageError when that cannot be read */
export function chosenCluster(place: Place): string | undefined {
  const { cluster } = choicesOf(place);
  if (cluster === undefined) return undefined;
  const name = typeof cluster === 'string' ? clusterName.read(cluster, { folder: '/', home: '/' }) : undefined;
  // A command must not act on another cluster than the chosen one by accident.
  if (name === undefined) throw damaged(place);
  return name;
}

/** Chooses the cluster that commands act on here; undefined for the one that .belt.yaml names. @throws BeltError */
export const setChosenCluster = (place: Place, cluster: string | undefined): void => change(place, { cluster });

/** Whether an older `.belt/` of the project was handled. */
export const isAdopted = (place: Place): boolean => choicesOf(place).adopted === true;

/** @throws BeltError */
export const setAdopted = (place: Place): void => change(place, { adopted: true });

/** For how long, in ms, its file has connections kept, as the user was told when one was first kept. */
export const keepTold = (place: Place): number | undefined => choicesOf(place).keepTold;

/** @throws BeltError */
export const setKeepTold = (place: Place, ms: number): void => change(place, { keepTold: ms });

function choicesOf(place: Place): Choices {
  const text = readOwnFile(ownFolder(place), join(place.stateFolder, FILE));
  return projects(place, text).get(keyOf(place)) ?? {};
}

function change(place: Place, choices: { [Key in keyof Choices]?: Choices[Key] | undefined }): void {
  openState(place.stateFolder, ownFolder(place)).update(FILE, (text) => {
    const all = projects(place, text);
    all.set(keyOf(place), { ...all.get(keyOf(place)), ...choices } as Choices);
    return `${JSON.stringify(Object.fromEntries(all), undefined, 1)}\n`;
  });
}

function projects(place: Place, text: string | undefined): Map<string, Choices> {
  try {
    const all: unknown = JSON.parse(text ?? '{}');
    if (typeof all !== 'object' || all === null || Array.isArray(all)) throw damaged(place);
    return new Map(Object.entries(all as Record<string, Choices>).filter(([, one]) => typeof one === 'object' && one));
  } catch {
    throw damaged(place);
  }
}

const damaged = ({ stateFolder }: Place): UsageError =>
  new UsageError(`${join(stateFolder, FILE)} is corrupt: it does not say which cluster was chosen`, {
    hint: 'remove it, then choose again: belt cluster use NAME',
  });

const ownFolder = ({ stateFolder }: Place) => ({ root: stateFolder, mayBeLink: true });

function keyOf({ projectFolder }: Place): string {
  try {
    return realpathSync(projectFolder);
  } catch {
    return projectFolder;
  }
}
