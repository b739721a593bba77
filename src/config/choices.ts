// What the user chose and what a run was about to do, kept in the user's state folder. The files may be damaged or
// from another version: what cannot be understood counts as missing.
import { isIP } from 'node:net';
import type { Node } from '../model/node.ts';
import type { State } from './state.ts';

/** A run of `belt create`, written before its first request. */
export interface Run {
  id: string;
  cluster: string;
  startedAt: number;
  /** The public half of the host key that the run's droplets start with: pins them even if belt is killed. */
  hostKey: string;
  /** Names by request: sent and not yet answered. Their droplets may still be created. */
  inFlight: string[];
  /** When the last request was sent, ms since the epoch. */
  sentAt: number;
  /** Ids of the droplets it is known to have created: lists may not show them yet. */
  made?: number[];
  /** Whose run it is. */
  process?: { pid: number; start: string; host: string };
}

const ACTIVE = 'active.json';
const AGREED_KEYS = 'agreed-keys.json';

/** DigitalOcean compares tags without case: `Shop` and `shop` are one cluster. Some file systems do not allow colons. */
export const clusterKey = (cluster: string): string => cluster.toLowerCase();
const fileKey = (cluster: string): string => clusterKey(cluster).replaceAll(':', '=');
const nodesFile = (cluster: string): string => `nodes-${fileKey(cluster)}.json`;

/** The file of a run; undefined for an id that belt did not generate: it may come from a droplet's tag. */
const runFile = (id: string): string | undefined => (/^[\w-]{1,64}$/.test(id) ? `runs/${id}.json` : undefined);

/** The active node of a cluster. */
export const activeNode = (state: State, cluster: string): string | undefined =>
  activeNodes(state.readJson(ACTIVE)).get(clusterKey(cluster));

export function setActiveNode(state: State, cluster: string, name: string | undefined): void {
  state.updateJson(ACTIVE, (kept) => {
    const nodes = activeNodes(kept);
    if (name === undefined) nodes.delete(clusterKey(cluster));
    else nodes.set(clusterKey(cluster), name);
    // On a full disk nothing can be written, but a droplet that is gone must still be forgotten.
    return nodes.size === 0 ? undefined : Object.fromEntries(nodes);
  });
}

/** By cluster, without a prototype: a cluster may be named like a property of every object. */
const activeNodes = (kept: unknown): Map<string, string> =>
  new Map(Object.entries(isRecord(kept) ? kept : {}).filter((entry): entry is [string, string] => isText(entry[1])));

/** The clusters of this account that belt saw nodes of, in lower case. */
export const clustersWithNodes = (state: State): string[] =>
  state.list('.').flatMap((file) => /^nodes-(.+)\.json$/.exec(file)?.[1]?.replaceAll('=', ':') ?? []);

/** The nodes that belt last saw in this cluster of this account. */
export function knownNodes(state: State, cluster: string): Node[] {
  const nodes = state.readJson(nodesFile(cluster));
  return Array.isArray(nodes) ? nodes.filter(isNode) : [];
}

/** Keeps only what is needed to reach a node. */
export const rememberNodes = (state: State, cluster: string, nodes: readonly Node[]): void =>
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

const removalFile = (cluster: string): string => `removing-${fileKey(cluster)}.json`;

/** Names of a cluster's droplets whose removal began here and has not ended. */
export function removedNames(state: State, cluster: string): string[] {
  const names = state.readJson(removalFile(cluster));
  return Array.isArray(names) ? names.filter(isText) : [];
}

/** Changes them; without any the record goes. Throws BeltError when the folder cannot be written. */
export function setRemovedNames(state: State, cluster: string, change: (before: string[]) => string[]): void {
  const names = change(removedNames(state, cluster));
  if (names.length > 0) state.writeJson(removalFile(cluster), names);
  else state.remove(removalFile(cluster));
}

export function readRun(state: State, id: string): Run | undefined {
  const file = runFile(id);
  const run = file && state.readJson(file);
  return isRun(run) && run.id === id ? run : undefined;
}

export const writeRun = (state: State, run: Run): void => state.writeJson(`runs/${run.id}.json`, run);

export function removeRun(state: State, id: string): void {
  const file = runFile(id);
  if (file) state.remove(file);
}

/** Runs of a cluster, or of all, that were interrupted or are still in progress elsewhere. */
export const unfinishedRuns = (state: State, cluster?: string): Run[] =>
  state
    .list('runs')
    .flatMap((file) => readRun(state, file.replace(/\.json$/, '')) ?? [])
    .filter((run) => cluster === undefined || clusterKey(run.cluster) === clusterKey(cluster));

/** Whether the user agreed to give this key to new droplets, though a project's file named it. */
export const isAgreedKey = (state: State, fingerprint: string): boolean =>
  texts(state.readJson(AGREED_KEYS)).includes(fingerprint);

export const agreeToKey = (state: State, fingerprint: string): void =>
  state.updateJson(AGREED_KEYS, (kept) => [...new Set([...texts(kept), fingerprint])]);

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isText = (value: unknown): value is string => typeof value === 'string' && value !== '';
const isTexts = (value: unknown): value is string[] => Array.isArray(value) && value.every((one) => isText(one));
const isAddress = (value: unknown): boolean => value === undefined || (isText(value) && isIP(value) !== 0);
const texts = (value: unknown): string[] => (isTexts(value) ? value : []);

const isNode = (value: unknown): value is Node =>
  isRecord(value) &&
  Number.isSafeInteger(value['id']) &&
  isText(value['name']) &&
  isAddress(value['publicAddress']) &&
  isAddress(value['privateAddress']) &&
  isTexts(value['tags']);

const isRun = (value: unknown): value is Run =>
  isRecord(value) &&
  [value['id'], value['cluster'], value['hostKey']].every(isText) &&
  isTexts(value['inFlight']) &&
  [value['startedAt'], value['sentAt']].every(Number.isFinite);
