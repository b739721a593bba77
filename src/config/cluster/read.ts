// The cluster that .belt.yaml describes.
import { isMap, isSeq } from 'yaml';
import type { z } from 'zod';
import { UsageError } from '../../errors.ts';
import type { Role } from '../../model/swarm-node.ts';
import { checkDropletName, expand, nearest } from '../../patterns/index.ts';
import { isOwnKey, parseYaml, textOf, type YamlFile } from '../yaml-document.ts';
import { poolFault } from './address-pool.ts';
import { clusterSchema, dropletSchema, keysAt, type RawCluster, type RawEngine, type RawGroup } from './schema.ts';
import { type ClusterSpec, type DropletSpec, type EngineSpec, type NodeGroup, PLAIN_ENGINE } from './types.ts';

export interface ClusterFile {
  text: string;
  /** The file as it is named in messages. */
  shown: string;
}

type Path = readonly PropertyKey[];

/** A place in the file, for messages. */
interface Places {
  /** `.belt.yaml:5:12: cluster.workers[1].size` */
  at(path: Path): string;
  /** The same for a key of a mapping. */
  key(path: Path, key: string): string;
}

/**
 * The spec, and warnings about odd YAML. Keys that begin with `x-` are the user's own.
 * @throws UsageError with file, line and column for a key that belt does not know, an invalid value, a name that two
 * groups have, no managers
 */
export function readCluster(file: ClusterFile): { spec: ClusterSpec; warnings: string[] } {
  const { given, places, warnings } = open(file);
  const raw = parse(clusterSchema, given, places);
  if (raw.managers === undefined) {
    throw new UsageError(`${file.shown} does not describe a cluster: cluster has no managers`, {
      hint: 'such as: cluster: {name: shop, managers: {nodes: "node[1:3]", size: s-1vcpu-1gb}}',
    });
  }
  const spec = specOf(raw, raw.managers, places);
  checkTwice(spec, places);
  checkPools(spec, places);
  return { spec, warnings };
}

/** Whether the file describes a cluster rather than only naming one. @throws UsageError for what is not YAML */
export function describes({ text, shown }: ClusterFile): boolean {
  const { given } = open({ text, shown });
  return typeof given === 'object' && given !== null && (given as { managers?: unknown }).managers !== undefined;
}

/** What the file says about new droplets, whatever the rest of `cluster:` is. @throws as readCluster does */
export function readDroplets(file: ClusterFile): { droplets: DropletSpec; warnings: string[] } {
  const { given, places, warnings } = open(file);
  const { engine, swap } = parse(dropletSchema, given, places);
  return {
    droplets: { engine: engine ? engineOf(engine) : PLAIN_ENGINE, ...(swap !== undefined && { swap }) },
    warnings,
  };
}

function open(file: ClusterFile): { given: unknown; places: Places; warnings: string[] } {
  const yaml = parseYaml(file);
  const given: unknown = (yaml.plain() as { cluster?: unknown } | null)?.cluster ?? {};
  return { given, places: placesIn(yaml), warnings: yaml.warnings };
}

/** @throws UsageError for the first unknown key, which often explains the rest, else for the first invalid value */
function parse<T>(schema: z.ZodType<T>, given: unknown, places: Places): T {
  for (;;) {
    const result = schema.safeParse(given);
    if (result.success) return result.data;
    const unknown = result.error.issues.filter((issue) => issue.code === 'unrecognized_keys');
    for (const { path, keys } of unknown) {
      const strange = keys.find((key) => !isOwnKey(key));
      if (strange !== undefined) throw new UsageError(`${places.key(path, strange)}${guess(path, strange)}`);
      const map = path.reduce(inside, given) as Record<string, unknown>;
      for (const key of keys) delete map[key];
    }
    if (unknown.length === 0) throw wrong(result.error.issues, places);
  }
}

/** The value under a key. A lone group counts as the first of a list. */
const inside = (value: unknown, key: PropertyKey): unknown =>
  typeof key === 'number' && !Array.isArray(value) ? value : (value as Record<PropertyKey, unknown>)[key];

function wrong(issues: readonly z.core.$ZodIssue[], places: Places): UsageError {
  const issue = issues[0]!;
  return new UsageError(`${places.at(issue.path)} ${issue.message}`);
}

function guess(path: Path, key: string): string {
  const [near] = nearest(key, keysAt(path), { most: 1 });
  return near === undefined ? '' : ` (did you mean "${near}"?)`;
}

function specOf(raw: RawCluster, managers: RawGroup, places: Places): ClusterSpec {
  const { name, vpc, firewall, engine, swap, swarm } = raw;
  return {
    name,
    groups: [
      groupOf('manager', managers, ['managers'], places),
      ...raw.workers.map((workers, n) => groupOf('worker', workers, ['workers', n], places)),
    ],
    ...(vpc !== undefined && { vpc }),
    firewall: firewall && { sshFrom: firewall.ssh_from, open: firewall.open },
    ...(engine && { engine: engineOf(engine) }),
    ...(swap !== undefined && { swap }),
    swarm: {
      defaultAddrPool: swarm.default_addr_pool,
      ...(swarm.data_path_port !== undefined && { dataPathPort: swarm.data_path_port }),
      ...(swarm.autolock !== undefined && { autolock: swarm.autolock }),
    },
  };
}

const engineOf = (raw: RawEngine): EngineSpec => ({
  ...(raw.version !== undefined && { version: raw.version }),
  ...(raw.install_url !== undefined && { installUrl: raw.install_url }),
  labels: raw.labels,
  registryMirrors: raw.registry_mirrors,
  ...(raw.log_driver !== undefined && { logDriver: raw.log_driver }),
  logOpts: raw.log_opts,
  ...(raw.plugins !== undefined && { plugins: raw.plugins }),
  ...(raw.automatic_upgrades !== undefined && { automaticUpgrades: raw.automatic_upgrades }),
});

function groupOf(role: Role, raw: RawGroup, path: Path, places: Places): NodeGroup {
  const { nodes, size, image, region, labels, availability } = raw;
  return {
    role,
    names: namesOf(nodes, [...path, 'nodes'], places),
    ...(size !== undefined && { size }),
    ...(image !== undefined && { image }),
    ...(region !== undefined && { region }),
    ...(raw.public !== undefined && { public: raw.public }),
    labels,
    availability,
  };
}

function namesOf(patterns: readonly string[], path: Path, places: Places): string[] {
  try {
    const names = expand(patterns);
    for (const name of names) checkDropletName(name);
    return names;
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    throw new UsageError(`${places.at(path)}: ${error.message}`, { hint: error.hint });
  }
}

function checkTwice({ groups }: ClusterSpec, places: Places): void {
  const seen = new Set<string>();
  for (const [n, { names }] of groups.entries()) {
    const twice = names.find((name) => seen.has(name));
    if (twice !== undefined) throw new UsageError(`${places.at(groupPath(n))}: ${twice} is already in another group`);
    for (const name of names) seen.add(name);
  }
}

function checkPools({ swarm }: ClusterSpec, places: Places): void {
  const fault = poolFault(swarm.defaultAddrPool);
  if (fault === undefined) return;
  const { n, what, hint } = fault;
  throw new UsageError(`${places.at(['swarm', 'default_addr_pool', n])}: ${what}`, { hint });
}

const groupPath = (n: number): Path => (n === 0 ? ['managers'] : ['workers', n - 1]);

function placesIn({ document, where, resolved, pairs }: YamlFile): Places {
  const named = (path: Path) =>
    ['cluster', ...path].map((key, n) => (typeof key === 'number' ? `[${key}]` : `${n > 0 ? '.' : ''}${String(key)}`));
  const pairOf = (map: unknown, key: PropertyKey) =>
    isMap(map) ? pairs(map).find((pair) => textOf(resolved(pair.key)) === String(key)) : undefined;
  /** The node at a path, or the deepest existing one on the way. */
  const nodeAt = (path: Path): unknown => {
    let node: unknown = document.contents;
    for (const key of ['cluster', ...path]) {
      // A lone group is allowed in place of a list: then the path has an index that the file does not.
      if (typeof key === 'number' && !isSeq(node)) continue;
      const next = resolved(isSeq(node) ? node.items[Number(key)] : pairOf(node, key)?.value);
      if (next === undefined || next === null) return node;
      node = next;
    }
    return node;
  };
  return {
    at: (path) => `${where(nodeAt(path))}: ${named(path).join('')}`,
    key: (path, key) => {
      const map = nodeAt(path);
      return `${where(pairOf(map, key)?.key ?? map)}: unknown key ${JSON.stringify(key)}`;
    },
  };
}
