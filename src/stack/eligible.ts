// Which nodes may get a service's tasks, as far as its file decides it. Pure.
import type { SwarmNode } from '../model/swarm-node.ts';

/** Of an image, or of a node. */
export interface Platform {
  os: string;
  architecture: string;
}

const SAME: Readonly<Record<string, string>> = { x86_64: 'amd64', aarch64: 'arm64', armv7l: 'arm', armv6l: 'arm' };

/** `linux/amd64`, whatever the engine calls it. */
export const platformName = ({ os, architecture }: Platform): string =>
  `${os}/${SAME[architecture] ?? architecture}`.toLowerCase();

/** Nodes on which an image of these platforms runs; a node that tells no platform is one. */
export const nodesFor = (platforms: readonly Platform[], nodes: readonly SwarmNode[]): SwarmNode[] => {
  const names = platforms.map(platformName);
  return nodes.filter(({ platform }) => platform === undefined || names.includes(platformName(platform)));
};

/** What a service's spec says of where its tasks may be. */
export interface Placement {
  Constraints?: readonly string[] | null;
  /** Those of its image; what is left out may be any. */
  Platforms?: readonly { OS?: string | null; Architecture?: string | null }[] | null;
}

/** Nodes that are sure to get a task of a global service. Where belt does not know what one of the constraints means, it is sure of none. */
export function sureOf(placement: Placement, nodes: readonly SwarmNode[]): SwarmNode[] {
  const constraints = placement.Constraints ?? [];
  const platforms = placement.Platforms ?? [];
  return readyOf(nodes).filter((node) => {
    const isMet = constraints.every((constraint) => meets(node, constraint) === true);
    const runs = ({ OS: os, Architecture: architecture }: (typeof platforms)[number]): boolean =>
      node.platform !== undefined &&
      platformName(node.platform) ===
        platformName({ os: os || node.platform.os, architecture: architecture || node.platform.architecture });
    return isMet && (platforms.length === 0 || platforms.some(runs));
  });
}

const readyOf = (nodes: readonly SwarmNode[]): SwarmNode[] =>
  nodes.filter(({ state, availability }) => state === 'ready' && availability === 'active');

/** What of these constraints (`node.role == worker`) no node that takes tasks meets; undefined where there is such a node. */
export function unmet(constraints: readonly string[], nodes: readonly SwarmNode[]): string | undefined {
  const ready = readyOf(nodes);
  // One that belt does not know counts as met.
  const may = (node: SwarmNode, constraint: string): boolean => meets(node, constraint) ?? true;
  if (ready.some((node) => constraints.every((constraint) => may(node, constraint)))) return undefined;
  const alone = constraints.filter((constraint) => !ready.some((node) => may(node, constraint)));
  return (alone.length > 0 ? alone : constraints).join(' and ');
}

/** Undefined where belt does not know what the constraint means. */
function meets(node: SwarmNode, constraint: string): boolean | undefined {
  const [, key = '', operator, wanted = ''] = /^\s*([^=!\s]+)\s*(==|!=)\s*(.*?)\s*$/.exec(constraint) ?? [];
  const value = fieldOf(node, key);
  if (operator === undefined || value === undefined) return undefined;
  return (value.toLowerCase() === wanted.toLowerCase()) === (operator === '==');
}

function fieldOf(node: SwarmNode, key: string): string | undefined {
  const label = /^(node|engine)\.labels\.(.+)$/i.exec(key);
  if (label) return (label[1]!.toLowerCase() === 'node' ? node.labels : node.engine.labels)[label[2]!] ?? '';
  const values: Readonly<Record<string, string | undefined>> = {
    'node.id': node.id,
    'node.hostname': node.hostname,
    'node.role': node.role,
    'node.platform.os': node.platform?.os,
    'node.platform.arch': node.platform?.architecture,
  };
  return values[key.toLowerCase()];
}
