// The cluster that .belt.yaml describes.
import { type Document, isMap, isScalar, LineCounter, type Node, parseDocument } from 'yaml';
import type { z } from 'zod';
import { UsageError } from '../../errors.ts';
import { checkDropletName, expand, nearest } from '../../patterns/index.ts';
import { clusterSchema, engineSchema, keysAt, type RawCluster, type RawEngine, type RawGroup } from './schema.ts';
import { type ClusterSpec, type EngineSpec, type NodeGroup, PLAIN_ENGINE, type Role } from './types.ts';

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
 * The spec, and a warning for each key that belt does not know.
 * @throws UsageError with file, line and column for a value that will not do, a name that two groups have, no managers
 */
export function readCluster(file: ClusterFile): { spec: ClusterSpec; warnings: string[] } {
  const { given, places } = open(file);
  const { raw, warnings } = parse(clusterSchema, given, places);
  if (raw.managers === undefined) {
    throw new UsageError(`${file.shown} describes no cluster: cluster has no managers`, {
      hint: 'such as: cluster: {name: shop, managers: {nodes: "node[1:3]", size: s-1vcpu-1gb}}',
    });
  }
  const spec = specOf(raw, raw.managers, places);
  checkTwice(spec, places);
  return { spec, warnings };
}

/** Whether the file says what a cluster is to be, and does not only name one. */
export const describes = ({ text }: Pick<ClusterFile, 'text'>): boolean =>
  parseDocument(text, { prettyErrors: false }).hasIn(['cluster', 'managers']);
/** What the file says of the engine alone, whatever the rest of `cluster:` is. @throws as readCluster does */
export function readEngine(file: ClusterFile): { engine: EngineSpec; warnings: string[] } {
  const { given, places } = open(file);
  const { raw, warnings } = parse(engineSchema, given, places);
  return { engine: raw.engine ? engineOf(raw.engine) : PLAIN_ENGINE, warnings };
}

function open({ text, shown }: ClusterFile): { given: unknown; places: Places } {
  const lineCounter = new LineCounter();
  const document = parseDocument(text, { lineCounter, prettyErrors: false });
  const given: unknown = (document.toJS() as { cluster?: unknown } | null)?.cluster ?? {};
  return { given, places: placesIn(document, shown, lineCounter) };
}

/** Parses; what belt does not know is left out and warned of. */
function parse<T>(schema: z.ZodType<T>, given: unknown, places: Places): { raw: T; warnings: string[] } {
  const warnings: string[] = [];
  for (;;) {
    const result = schema.safeParse(given);
    if (result.success) return { raw: result.data, warnings };
    const unknown = result.error.issues.filter((issue) => issue.code === 'unrecognized_keys');
    if (unknown.length < result.error.issues.length) throw wrong(result.error.issues, places);
    for (const { path, keys } of unknown) {
      const map = path.reduce(inside, given) as Record<string, unknown>;
      for (const key of keys) {
        warnings.push(`${places.key(path, key)} is ignored${guess(path, key)}`);
        delete map[key];
      }
    }
  }
}

/** What a value has under a key. A group that stands alone is the first of its list. */
const inside = (value: unknown, key: PropertyKey): unknown =>
  typeof key === 'number' && !Array.isArray(value) ? value : (value as Record<PropertyKey, unknown>)[key];

function wrong(issues: readonly z.core.$ZodIssue[], places: Places): UsageError {
  const issue = issues.find(({ code }) => code !== 'unrecognized_keys')!;
  return new UsageError(`${places.at(issue.path)} ${issue.message}`);
}

function guess(path: Path, key: string): string {
  const [near] = nearest(key, keysAt(path), { most: 1 });
  return near === undefined ? '' : ` (did you mean "${near}"?)`;
}

function specOf(raw: RawCluster, managers: RawGroup, places: Places): ClusterSpec {
  const { name, vpc, firewall, engine, swarm } = raw;
  return {
    name,
    groups: [
      groupOf('manager', managers, ['managers'], places),
      ...raw.workers.map((workers, n) => groupOf('worker', workers, ['workers', n], places)),
    ],
    ...(vpc !== undefined && { vpc }),
    firewall: firewall && { sshFrom: firewall.ssh_from, open: firewall.open },
    ...(engine && { engine: engineOf(engine) }),
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
});

function groupOf(role: Role, raw: RawGroup, path: Path, places: Places): NodeGroup {
  const { nodes, size, image, region, labels, availability } = raw;
  return {
    role,
    names: namesOf(nodes, [...path, 'nodes'], places),
    ...(size !== undefined && { size }),
    ...(image !== undefined && { image }),
    ...(region !== undefined && { region }),
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
    if (twice !== undefined) throw new UsageError(`${places.at(groupPath(n))}: ${twice} is in another group already`);
    for (const name of names) seen.add(name);
  }
}

const groupPath = (n: number): Path => (n === 0 ? ['managers'] : ['workers', n - 1]);

function placesIn(document: Document, shown: string, lines: LineCounter): Places {
  const position = (node: unknown) => {
    const { line, col } = lines.linePos((node as Node | null | undefined)?.range?.[0] ?? 0);
    return `${shown}:${line}:${col}`;
  };
  const named = (path: Path) =>
    ['cluster', ...path].map((key, n) => (typeof key === 'number' ? `[${key}]` : `${n > 0 ? '.' : ''}${String(key)}`));
  // One group may stand alone where a list may: then its path has an index that the file has not.
  const nodeAt = (path: Path): unknown => {
    const wanted = path.filter((key, n) => typeof key !== 'number' || isSequence(document, path.slice(0, n)));
    return document.getIn(['cluster', ...wanted], true) ?? document.getIn(['cluster', ...wanted.slice(0, -1)], true);
  };
  return {
    at: (path) => `${position(nodeAt(path))}: ${named(path).join('')}`,
    key: (path, key) => {
      const map = nodeAt(path);
      const pair = isMap(map) ? map.items.find((each) => isScalar(each.key) && each.key.value === key) : undefined;
      return `${position(pair?.key ?? map)}: unknown key ${JSON.stringify(key)}`;
    },
  };
}

function isSequence(document: Document, path: Path): boolean {
  const node = document.getIn(['cluster', ...path], true);
  return Array.isArray((node as { items?: unknown } | undefined)?.items) && !isMap(node);
}
