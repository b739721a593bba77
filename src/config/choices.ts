// What the user chose and what a run was about to do, kept under `.belt/`.
import type { State } from './state.ts';

/** A node as the cache remembers it; enough to reach it without asking DigitalOcean. */
export interface KnownNode {
  id: number;
  name: string;
  publicAddress?: string | undefined;
  privateAddress?: string | undefined;
  tags: string[];
}

/** A run of `belt create`, written before its first request. */
export interface Run {
  id: string;
  cluster: string;
  startedAt: number;
  /** The public half of the host key that the run's droplets start with: pins them even if belt is killed. */
  hostKey: string;
  /** Names by request: sent and not yet answered. A droplet of these may still come to be. */
  inFlight: string[];
  /** When the last request was sent, ms since the epoch. */
  sentAt: number;
  /** The ids of the droplets that it is known to have made: lists may not show them yet. */
  made?: number[];
  /** Whose run it is. */
  process?: { pid: number; start: string; host: string };
}

/** The file with the name of the cluster that `belt cluster use` chose (config/settings.ts reads it). */
export const CHOSEN_CLUSTER = 'cluster';

const ACTIVE = 'active.json';
const runFile = (id: string): string => `runs/${id}.json`;
const nodesFile = (cluster: string): string => `nodes-${encodeURIComponent(cluster)}.json`;

/** What `belt cluster use` chose. */
export const chosenCluster = (state: State): string | undefined => state.read(CHOSEN_CLUSTER)?.trim() || undefined;

/** Chooses the cluster that commands are about; undefined for the one that .belt.yaml names. */
export function setChosenCluster(state: State, name: string | undefined): void {
  if (name === undefined) state.remove(CHOSEN_CLUSTER);
  else state.write(CHOSEN_CLUSTER, `${name}\n`);
}

/** The active node of a cluster. */
export const activeNode = (state: State, cluster: string): string | undefined => activeNodes(state).get(cluster);

export function setActiveNode(state: State, cluster: string, name: string | undefined): void {
  state.update(ACTIVE, () => `${JSON.stringify({ ...Object.fromEntries(activeNodes(state)), [cluster]: name })}\n`);
}

/** By cluster. A cluster may be named like a property of every object. */
const activeNodes = (state: State): Map<string, string> =>
  new Map(Object.entries(state.readJson<Record<string, string>>(ACTIVE) ?? {}));

/** The nodes that belt saw last in this cluster of this account. */
export function knownNodes(state: State, cluster: string): KnownNode[] {
  const nodes = state.readJson<KnownNode[]>(nodesFile(cluster));
  return Array.isArray(nodes) ? nodes : [];
}

/** Of what is given only what reaching a node takes is kept. */
export const rememberNodes = (state: State, cluster: string, nodes: readonly KnownNode[]): void =>
  state.writeJson(
    nodesFile(cluster),
    nodes.map(({ id, name, publicAddress, privateAddress, tags }) => ({
      id,
      name,
      publicAddress,
      privateAddress,
      tags,
    })),
  );

const removalFile = (cluster: string): string => `removing-${encodeURIComponent(cluster)}.json`;

/** Names of a cluster's droplets whose removal began here and has not ended. */
export function removedNames(state: State, cluster: string): string[] {
  const names = state.readJson<unknown>(removalFile(cluster));
  return Array.isArray(names) ? names.filter((name) => typeof name === 'string') : [];
}

/** Changes them; without any the record goes. Throws BeltError when the folder cannot be written. */
export function setRemovedNames(state: State, cluster: string, change: (before: string[]) => string[]): void {
  const names = change(removedNames(state, cluster));
  if (names.length > 0) state.writeJson(removalFile(cluster), names);
  else state.remove(removalFile(cluster));
}

export const readRun = (state: State, id: string): Run | undefined => state.readJson<Run>(runFile(id));
export const writeRun = (state: State, run: Run): void => state.writeJson(runFile(run.id), run);
export const removeRun = (state: State, id: string): void => state.remove(runFile(id));

/** Runs of a cluster, or of all, that were cut off, or are still at work elsewhere. */
export const unfinishedRuns = (state: State, cluster?: string): Run[] =>
  state
    .list('runs')
    .flatMap((file) => readRun(state, file.replace(/\.json$/, '')) ?? [])
    .filter((run) => cluster === undefined || run.cluster === cluster);
