// The descriptions of clusters under `.belt/clusters/`: one file each, in the format of the `cluster:` section of .belt.yaml.
import { join } from 'node:path';
import { clusterKey } from '../choices.ts';
import { clusterName } from '../kinds.ts';
import { openState, type State } from '../state.ts';

const FOLDER = 'clusters';
const ENDING = '.yaml';

/** A project's `.belt/`. It may have come with a clone: no link in it is followed. */
export function openDescriptions(projectFolder: string): State {
  const root = join(projectFolder, '.belt');
  const hint = `free some space or fix ${root}, then run the same command again`;
  return openState(root, { root, groupMayWrite: true, hint });
}

/**
 * The file's name below `.belt/`: that of the file which describes the cluster, if there is one, however it is spelled. A name may
 * hold colons, which some file systems refuse, and up to 200 of them, for which there is no room as `%3A`.
 */
export const descriptionFile = (state: State, cluster: string): string =>
  `${FOLDER}/${fileOf(state, cluster) ?? `${cluster.replaceAll(':', '=')}${ENDING}`}`;

/** The text of a cluster's description; undefined when there is none. @throws BeltError when it cannot be read */
export const readDescription = (state: State, cluster: string): string | undefined =>
  state.read(descriptionFile(state, cluster));

/** @throws BeltError when it cannot be written */
export const writeDescription = (state: State, cluster: string, text: string): void =>
  state.write(descriptionFile(state, cluster), text);

/** One that is not there counts as removed. @throws BeltError */
export const removeDescription = (state: State, cluster: string): void => state.remove(descriptionFile(state, cluster));

/** The names of the clusters that are described here, in no order. */
export const describedClusters = (state: State): string[] =>
  state.list(FOLDER).flatMap((file) => clusterOfFile(file) ?? []);

const fileOf = (state: State, cluster: string): string | undefined =>
  state.list(FOLDER).find((file) => {
    const name = clusterOfFile(file);
    return name !== undefined && clusterKey(name) === clusterKey(cluster);
  });

const clusterOfFile = (file: string): string | undefined =>
  file.endsWith(ENDING) ? decoded(file.slice(0, -ENDING.length)) : undefined;

/** Undefined for a file that somebody put there under a name that no cluster has. */
function decoded(name: string): string | undefined {
  try {
    return clusterName.read(decodeURIComponent(name).replaceAll('=', ':'), { folder: '/', home: '/' });
  } catch {
    return undefined;
  }
}
