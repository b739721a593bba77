// The descriptions of clusters under `.belt/clusters/`: a file each, in the shape of the `cluster:` part of .belt.yaml.
import type { State } from '../state.ts';

const FOLDER = 'clusters';
const ENDING = '.yaml';

/** The file's name in the state folder. A cluster's name may hold a colon, which some file systems refuse. */
export const descriptionFile = (cluster: string): string => `${FOLDER}/${encodeURIComponent(cluster)}${ENDING}`;

/** The text of a cluster's description; undefined when there is none. @throws BeltError when it cannot be read */
export const readDescription = (state: State, cluster: string): string | undefined =>
  state.read(descriptionFile(cluster));

/** @throws BeltError when it cannot be written */
export const writeDescription = (state: State, cluster: string, text: string): void =>
  state.write(descriptionFile(cluster), text);

/** One that is not there counts as removed. @throws BeltError */
export const removeDescription = (state: State, cluster: string): void => state.remove(descriptionFile(cluster));

/** The names of the clusters that are described here, in no order. */
export const describedClusters = (state: State): string[] =>
  state
    .list(FOLDER)
    .filter((file) => file.endsWith(ENDING))
    .flatMap((file) => decoded(file.slice(0, -ENDING.length)) ?? []);

/** Undefined for a file that somebody put there under a name that belt does not write. */
function decoded(name: string): string | undefined {
  try {
    return decodeURIComponent(name);
  } catch {
    return undefined;
  }
}
