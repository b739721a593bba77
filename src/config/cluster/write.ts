// Writes and edits the text of a cluster's description. What belt does not change stays as it was written, comments included.
import { Document, isMap, isSeq, parseDocument } from 'yaml';
import { UsageError } from '../../errors.ts';
import { compact } from '../../patterns/index.ts';
import type { ClusterFile } from './read.ts';
import type { ClusterSpec, EngineSpec, FirewallSpec, NodeGroup } from './types.ts';
import { firewallNode, isPlain, setFirewall } from './write-firewall.ts';

/** What to change; the rest stays. */
export interface ClusterChange {
  /** Patterns. */
  managers?: readonly string[] | undefined;
  /** Patterns; an empty list removes the workers. */
  workers?: readonly string[] | undefined;
  managerSize?: string | undefined;
  workerSize?: string | undefined;
  /** Of every group. */
  region?: string | undefined;
  /** Of every group. */
  image?: string | undefined;
  vpc?: string | undefined;
  /** Of the workers: added or changed. */
  labels?: Readonly<Record<string, string>> | undefined;
  firewall?: FirewallSpec | undefined;
}

type Path = (string | number)[];

const HEADER = ' Edit this file as you like: `belt plan` shows what a change would do.';

/** The description of a cluster of which only the name is known. */
export const emptyCluster = (name: string): string => printed(new Document({ cluster: { name } }));

/**
 * The file's text with the change applied.
 * @throws UsageError when it is unclear which group of workers is meant
 */
export function changed(file: ClusterFile, change: ClusterChange): string {
  const document = parseDocument(file.text);
  const set = (path: Path, value: unknown) => {
    if (value !== undefined) document.setIn(path, document.createNode(value));
  };
  set(['cluster', 'managers', 'nodes'], change.managers && oneOrMany(change.managers));
  set(['cluster', 'managers', 'size'], change.managerSize);
  const workers = workerPaths(document, change, file.shown);
  if (change.workers?.length === 0) document.deleteIn(['cluster', 'workers']);
  for (const path of change.workers?.length === 0 ? [] : workers) {
    if (workers.length === 1) {
      set([...path, 'nodes'], change.workers && oneOrMany(change.workers));
      set([...path, 'size'], change.workerSize);
      for (const [key, value] of Object.entries(change.labels ?? {})) set([...path, 'labels', key], value);
    }
    set([...path, 'region'], change.region);
    set([...path, 'image'], change.image);
  }
  set(['cluster', 'managers', 'region'], change.region);
  set(['cluster', 'managers', 'image'], change.image);
  set(['cluster', 'vpc'], change.vpc);
  if (change.firewall) setFirewall(document, change.firewall);
  return String(document);
}

/** The paths of the groups of workers: in a list, or a lone one. */
function workerPaths(document: Document.Parsed, change: ClusterChange, shown: string): Path[] {
  const path: Path = ['cluster', 'workers'];
  const concerned = change.workers !== undefined || change.workerSize !== undefined || change.labels !== undefined;
  const node = document.getIn(path, true);
  if (isMap(node)) return [path];
  const groups = isSeq(node) ? node.items.map((_, n): Path => [...path, n]) : [];
  if (groups.length > 1 && concerned) {
    throw new UsageError(`${shown} has ${groups.length} groups of workers`, { hint: `edit them there: ${shown}` });
  }
  if (groups.length > 0 || !concerned) return groups;
  if (change.workers === undefined) {
    throw new UsageError(`${shown} has no workers`, { hint: 'add some: --worker node[4:6]' });
  }
  if (change.workers.length > 0) document.setIn(path, document.createNode([{}]));
  return [[...path, 0]];
}

/** The text of a description that parses to this spec. */
export function clusterText(spec: ClusterSpec): string {
  const { name, groups, vpc, firewall, engine, swap, swarm } = spec;
  const [managers, ...workers] = groups.map(groupText);
  return printed(
    new Document({
      cluster: {
        name,
        managers,
        ...(workers.length > 0 && { workers }),
        ...(vpc !== undefined && { vpc }),
        ...(!isPlain(firewall) && { firewall: firewallNode(firewall) }),
        ...(engine && { engine: engineNode(engine) }),
        ...(swap !== undefined && { swap: swap && `${swap}m` }),
        ...swarmNode(swarm),
      },
    }),
  );
}

/** Only the `cluster:` section of a file. */
export function clusterPart({ text }: Pick<ClusterFile, 'text'>): string {
  const document = parseDocument(text);
  const alone = new Document({ cluster: null });
  alone.set('cluster', document.get('cluster', true));
  // An alias may refer to another part of the file: then its value is written.
  if (/[*]/.test(text)) alone.set('cluster', (document.toJS() as { cluster?: unknown }).cluster);
  return String(alone);
}

function printed(document: Document): string {
  document.commentBefore = HEADER;
  return String(document);
}

const oneOrMany = (patterns: readonly string[]): string | readonly string[] =>
  patterns.length === 1 ? patterns[0]! : patterns;

const groupText = ({ names, size, image, region, labels, availability, ...rest }: NodeGroup) => ({
  nodes: compact(names),
  ...(size !== undefined && { size }),
  ...(image !== undefined && { image }),
  ...(region !== undefined && { region }),
  ...(rest.public !== undefined && { public: rest.public }),
  ...(Object.keys(labels).length > 0 && { labels }),
  ...(availability !== 'active' && { availability }),
});

const engineNode = ({ version, installUrl, labels, registryMirrors, logDriver, logOpts, ...rest }: EngineSpec) => ({
  ...(version !== undefined && { version }),
  ...(installUrl !== undefined && { install_url: installUrl }),
  ...(Object.keys(labels).length > 0 && { labels }),
  ...(registryMirrors.length > 0 && { registry_mirrors: registryMirrors }),
  ...(logDriver !== undefined && { log_driver: logDriver }),
  ...(Object.keys(logOpts).length > 0 && { log_opts: logOpts }),
  ...(rest.plugins !== undefined && { plugins: rest.plugins }),
  ...(rest.automaticUpgrades !== undefined && { automatic_upgrades: rest.automaticUpgrades }),
});

function swarmNode({ defaultAddrPool, dataPathPort, autolock }: ClusterSpec['swarm']) {
  const swarm = {
    ...(defaultAddrPool.length > 0 && { default_addr_pool: defaultAddrPool }),
    ...(dataPathPort !== undefined && { data_path_port: dataPathPort }),
    ...(autolock !== undefined && { autolock }),
  };
  return Object.keys(swarm).length > 0 ? { swarm } : {};
}
